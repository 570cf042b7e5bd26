using System.Globalization;
using Lepton.Orleans.Clustering.Consul.Membership;
using Lepton.Orleans.ClusterTests.Processes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Lepton.Orleans.Clustering.Consul.Tests.Hosting;

/// <summary>Silos and clients that find each other through a real Consul.</summary>
public sealed class ClusterTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Silos_and_a_client_meet_where_configuration_says_Consul()
    {
        await using var consul = ConsulProcess.FindOrSkip();
        await consul.StartAsync(Cancelled);
        using var first = Silo(consul);
        using var second = Silo(consul);
        await first.StartAsync(Cancelled);
        await second.StartAsync(Cancelled);
        using var client = Client(consul);
        await client.StartAsync(Cancelled);

        Assert.IsType<ConsulMembershipTable>(first.Services.GetRequiredService<IMembershipTable>());
        var management = client.Services.GetRequiredService<IClusterClient>().GetGrain<IManagementGrain>(0);
        Assert.Equal(2, (await management.GetHosts(onlyActive: true, Cancelled).WaitAsync(Deadline, Cancelled)).Count);

        await client.StopAsync(Cancelled);
        await second.StopAsync(Cancelled);
        var statuses = (await first.Services.GetRequiredService<IMembershipTable>().ReadAllAsync(Cancelled)).Members.Select(member => member.Item1.Status);
        Assert.Equal([SiloStatus.Active, SiloStatus.Dead], statuses.Order());
        await first.StopAsync(Cancelled);
    }

    [Fact]
    public async Task A_silo_waits_for_a_Consul_that_is_away_and_says_so()
    {
        await using var consul = ConsulProcess.FindOrSkip();
        var log = new LogLines();
        using var services = ConsulServices.Create("c", options => options.Address = consul.Address, logs: log);

        var joining = services.Table().InitializeMembershipTableAsync(true, Cancelled);
        await Eventually.TrueAsync(_ => Task.FromResult(log.Lines.Any(line => line.StartsWith($"Warning: Waiting for Consul at {consul.Address} since", StringComparison.Ordinal))), "it must say what it waits for", Deadline, Cancelled);
        Assert.False(joining.IsCompleted);
        await consul.StartAsync(Cancelled);
        await joining.WaitAsync(Deadline, Cancelled);

        Assert.Contains(log.Lines, line => line.StartsWith($"Information: Consul at {consul.Address} answers after", StringComparison.Ordinal));
    }

    private static IHost Silo(ConsulProcess consul)
    {
        var builder = Builder(consul);
        builder.Configuration["Orleans:Endpoints:SiloPort"] = FreePort.Next().ToString(CultureInfo.InvariantCulture);
        builder.Configuration["Orleans:Endpoints:GatewayPort"] = FreePort.Next().ToString(CultureInfo.InvariantCulture);
        builder.Configuration["Orleans:Endpoints:AdvertisedIPAddress"] = "127.0.0.1";
        builder.UseOrleans();
        return builder.Build();
    }

    private static IHost Client(ConsulProcess consul)
    {
        var builder = Builder(consul);
        builder.UseOrleansClient();
        return builder.Build();
    }

    private static HostApplicationBuilder Builder(ConsulProcess consul)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Orleans:ClusterId"] = "configured",
            ["Orleans:ServiceId"] = "configured",
            ["Orleans:Clustering:ProviderType"] = "Consul",
            ["Orleans:Clustering:Address"] = consul.Url,
        });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        return builder;
    }
}
