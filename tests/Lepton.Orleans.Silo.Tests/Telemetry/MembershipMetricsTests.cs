using System.Diagnostics.Metrics;
using Lepton.Orleans.Silo.Telemetry;
using Lepton.Orleans.Silo.Tests.Clustering;
using Microsoft.Extensions.DependencyInjection;

namespace Lepton.Orleans.Silo.Tests.Telemetry;

public sealed class MembershipMetricsTests : IAsyncDisposable
{
    private static readonly SiloAddress Here = SiloAddress.FromParsableString("10.0.0.7:11111@1");
    private static readonly SiloAddress Neighbour = SiloAddress.FromParsableString("10.0.0.8:11111@1");
    private static readonly SiloAddress Newcomer = SiloAddress.FromParsableString("10.0.0.9:11111@2");

    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly KnownCluster cluster = new() { Silos = [Here, Neighbour] };
    private readonly MeterListener meters = new();
    private long lost;

    [Fact]
    public async Task Silos_that_say_that_they_leave_are_not_lost_and_those_that_vanish_are()
    {
        await StartAsync();

        // An upgrade, one after the other, as the table shows it.
        foreach (var silo in new[] { Neighbour, Newcomer })
        {
            foreach (var status in new[] { SiloStatus.Joining, SiloStatus.Active, SiloStatus.ShuttingDown, SiloStatus.Stopping, SiloStatus.Dead })
            {
                cluster.Listener!.SiloStatusChangeNotification(silo, status);
            }
        }

        Assert.Equal(0, lost);

        // One whose last words nobody heard in between, and one that died on its way in.
        var (third, fourth) = (SiloAddress.FromParsableString("10.0.0.9:11111@3"), SiloAddress.FromParsableString("10.0.0.9:11111@4"));
        cluster.Listener!.SiloStatusChangeNotification(third, SiloStatus.Active);
        cluster.Listener.SiloStatusChangeNotification(third, SiloStatus.Dead);
        cluster.Listener.SiloStatusChangeNotification(fourth, SiloStatus.Joining);
        cluster.Listener.SiloStatusChangeNotification(fourth, SiloStatus.Dead);
        Assert.Equal(2, lost);
    }

    [Fact]
    public async Task A_silo_that_starts_counts_those_it_meets_and_not_the_rows_of_the_dead()
    {
        await StartAsync();

        cluster.Listener!.SiloStatusChangeNotification(Newcomer, SiloStatus.Dead);
        Assert.Equal(0, lost);

        cluster.Listener.SiloStatusChangeNotification(Neighbour, SiloStatus.Dead);
        Assert.Equal(1, lost);
    }

    public async ValueTask DisposeAsync()
    {
        meters.Dispose();
        await services.DisposeAsync();
    }

    private async Task StartAsync()
    {
        var factory = services.GetRequiredService<IMeterFactory>();
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "lepton.cluster.silos.lost" && ReferenceEquals(instrument.Meter.Scope, factory))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        meters.SetMeasurementEventCallback<long>((_, count, _, _) => lost += count);
        meters.Start();
        await new MembershipMetrics(factory, cluster.Of<ISiloStatusOracle>()).StartAsync(TestContext.Current.CancellationToken);
    }
}
