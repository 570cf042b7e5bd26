using System.Net;
using System.Net.Sockets;
using Lepton.Orleans.Clustering.Consul;
using Lepton.Orleans.Silo.Clustering;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Lepton.Orleans.Silo.Tests.Clustering;

public sealed class CutOffHealthCheckTests
{
    private static readonly SiloAddress Here = SiloAddress.FromParsableString("10.0.0.7:11111@1");

    // An address that no connection can be made to.
    private static readonly SiloAddress Nowhere = SiloAddress.FromParsableString("255.255.255.255:11111@1");

    [Fact]
    public async Task A_silo_that_reaches_neither_Consul_nor_another_silo_is_not_ready()
    {
        Assert.Equal(HealthStatus.Unhealthy, await StatusAsync(secondsSinceRead: 13, Here, Nowhere));
    }

    [Fact]
    public async Task A_silo_is_ready_while_Consul_or_any_other_silo_answers_or_there_is_none()
    {
        Assert.Equal(HealthStatus.Healthy, await StatusAsync(secondsSinceRead: null, Here, Nowhere));
        Assert.Equal(HealthStatus.Healthy, await StatusAsync(secondsSinceRead: 9, Here, Nowhere));
        Assert.Equal(HealthStatus.Healthy, await StatusAsync(secondsSinceRead: 600, Here));

        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var other = SiloAddress.New((IPEndPoint)listener.LocalEndpoint, 1);
        Assert.Equal(HealthStatus.Healthy, await StatusAsync(secondsSinceRead: 600, Here, Nowhere, other));

        // That silo is dead, and nobody could be told; its machine answers.
        listener.Stop();
        Assert.Equal(HealthStatus.Healthy, await StatusAsync(secondsSinceRead: 600, Here, other));
    }

    private static async Task<HealthStatus> StatusAsync(int? secondsSinceRead, params SiloAddress[] silos)
    {
        var clock = new Clock();
        var reads = new ConsulReads(clock);
        if (secondsSinceRead is { } seconds)
        {
            reads.Note();
            clock.Now += TimeSpan.FromSeconds(seconds).Ticks;
        }

        var check = new CutOffHealthCheck(reads, new KnownCluster { Silos = silos }.Map());
        return (await check.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken)).Status;
    }

    private sealed class Clock : TimeProvider
    {
        public long Now { get; set; } = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;
    }
}
