using Lepton.Orleans.ClusterTests.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

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

    private static Task ListedAsync(ConsulProcess consul, bool expected) => Eventually.TrueAsync(
        async token => (await consul.PassingAsync("shop", token)).Count == (expected ? 1 : 0), expected ? "the service must be listed" : "the service must not be listed", Deadline, Cancelled);

    private static IHost Host(ConsulProcess consul, CheckServer check)
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
        return builder.Build();
    }
}
