using System.Net;
using Lepton.Orleans.Clustering.Consul.Api;
using Lepton.Orleans.Clustering.Consul.Tests.Hosting;
using Lepton.Orleans.Clustering.Consul.Tests.Scripted;
using Lepton.Orleans.ClusterTests.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Lepton.Orleans.Clustering.Consul.Tests.Services;

/// <summary>A service in the catalogue of a real Consul.</summary>
public sealed class ServiceRegistrationTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_is_listed_while_it_passes_its_check_and_runs()
    {
        await using var consul = ConsulProcess.FindOrSkip();
        await using var check = new CheckServer();
        await consul.StartAsync(Cancelled);
        using var host = Host(consul, check);
        await host.StartAsync(Cancelled);

        await ListedAsync(consul, true);
        var (id, port, tags) = (await consul.PassingAsync("shop", Cancelled))[0];
        Assert.Equal(("shop-1", 8088), (id, port));
        Assert.Equal(["api", "version-1"], tags);

        check.IsWell = false;
        await ListedAsync(consul, false);
        check.IsWell = true;
        await ListedAsync(consul, true);

        await host.StopAsync(Cancelled);
        Assert.Null(await consul.GetAsync("v1/agent/service/shop-1", Cancelled));
    }

    [Fact]
    public async Task A_service_that_the_agent_forgot_is_registered_again()
    {
        await using var consul = ConsulProcess.FindOrSkip();
        await using var check = new CheckServer();
        await consul.StartAsync(Cancelled);
        using var host = Host(consul, check);
        await host.StartAsync(Cancelled);
        await ListedAsync(consul, true);

        await consul.PutAsync("v1/agent/service/deregister/shop-1", "", Cancelled);
        await ListedAsync(consul, true);

        await consul.KillAsync();
        Directory.Delete(Path.Combine(consul.Directory, "services"), recursive: true);
        await consul.StartAsync(Cancelled);
        await ListedAsync(consul, true);
        await host.StopAsync(Cancelled);
    }

    [Fact]
    public async Task A_host_starts_and_stops_without_a_Consul()
    {
        await using var consul = ConsulProcess.FindOrSkip();
        await using var check = new CheckServer();
        using var host = Host(consul, check);

        await host.StartAsync(Cancelled);
        await host.StopAsync(Cancelled);
    }

    [Fact]
    public async Task That_a_service_cannot_be_registered_is_said_once()
    {
        await using var consul = ConsulProcess.FindOrSkip();
        await using var check = new CheckServer();
        var answers = new ScriptedConsul((HttpStatusCode.Forbidden, "Permission denied"));
        using var log = new LogLines();
        using var host = Host(consul, check, services =>
        {
            services.AddLogging(logging => logging.AddProvider(log));
            services.AddHttpClient(ConsulClient.HttpClientName).ConfigurePrimaryHttpMessageHandler(() => answers);
        });
        await host.StartAsync(Cancelled);
        await Eventually.TrueAsync(_ => Task.FromResult(answers.Requests.Count(request => request.StartsWith("PUT", StringComparison.Ordinal)) >= 4), "it must be tried again", Deadline, Cancelled);
        await host.StopAsync(Cancelled);
        Assert.Contains("Permission denied", Assert.Single(log.Lines, line => line.Contains("could not be registered", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    private static Task ListedAsync(ConsulProcess consul, bool expected) => Eventually.TrueAsync(
        async token => (await consul.PassingAsync("shop", token)).Count == (expected ? 1 : 0), expected ? "the service must be listed" : "the service must not be listed", Deadline, Cancelled);

    private static IHost Host(ConsulProcess consul, CheckServer check, Action<IServiceCollection>? configure = null)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddOptions<ConsulClusteringOptions>().Configure(options => options.Address = consul.Address);
        builder.Services.AddConsulService().Configure(options =>
        {
            (options.Name, options.Id, options.Address, options.Port) = ("shop", "shop-1", "127.0.0.1", 8088);
            options.Tags.Add("api");
            options.Tags.Add("version-1");
            options.CheckUrl = check.Url;
            options.CheckInterval = TimeSpan.FromMilliseconds(200);
            options.RefreshInterval = TimeSpan.FromMilliseconds(200);
        });
        configure?.Invoke(builder.Services);
        return builder.Build();
    }
}
