using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Roles;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Grains.Upkeep;

/// <summary>Asks, on every silo that works in the background, for the repair passes that are due; the tenant's grain sees to it that one runs.</summary>
internal sealed class RepairSchedule(
    Replicas replicas, HostedRoles hosted, IGrainFactory grains, IOptions<RepairOptions> options, TimeProvider clock, ILogger<RepairSchedule> logger) : BackgroundService
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMinutes(1);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.Automatic || !hosted.Has(SiloRoles.Training))
        {
            return;
        }

        // Short intervals are for tests and for those who watch.
        using var timer = new PeriodicTimer(options.Value.Interval < CheckInterval ? options.Value.Interval : CheckInterval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                foreach (var tenant in replicas.All.Select(replica => replica.Tenant).ToArray())
                {
                    await StartAsync(tenant, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }

    private async Task StartAsync(string tenant, CancellationToken stoppingToken)
    {
        try
        {
            await grains.GetGrain<IRepairScheduleGrain>(tenant).StartWhenDueAsync();
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            logger.RepairFailed(tenant, exception);
        }
    }
}
