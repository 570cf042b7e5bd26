using Lepton.Orleans.Grains.Roles;
using Microsoft.Extensions.Hosting;
using Orleans.Core.Internal;

namespace Lepton.Orleans.Grains.Placement;

/// <summary>
/// Moves this silo's grains to where they belong after silos have come or gone, at a pace that leaves the silo its work. What a
/// grain is asked on the way waits for it, or is passed on.
/// </summary>
/// <remarks>
/// Orleans places a grain when it is activated, and leaves it there: users who are always busy would stay with the silos that
/// were there first. Its own rebalancer evens out numbers by moving any grains, lists away from their users among them.
/// </remarks>
internal sealed class HomeMover(RoleMap map, Homes homes, IGrainFactory grains, TimeProvider clock, ILogger<HomeMover> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // A rolling restart changes the silos every few seconds: who moves at once moves in vain.
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(5);

    // All of a silo's share in that time, with the calm half a minute, or faster where it is little.
    private static readonly TimeSpan Whole = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private const int LeastPerSlice = 20;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        IReadOnlyList<(SiloAddress, SiloRoles?)> settled = [], seen = [];
        var since = clock.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var now = map.Layout();
                if (!now.SequenceEqual(seen))
                {
                    (seen, since) = (now, clock.GetTimestamp());
                }
                else if (!now.SequenceEqual(settled) && clock.GetElapsedTime(since) >= Calm)
                {
                    settled = await MoveAsync(now, stoppingToken) ? now : settled;
                }
            }
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops, calls may fail in any way, and its grains go elsewhere anyway.
        }
    }

    /// <summary>How many grains to move next, so that those that are left are done in the time that is left, if each slice takes as long as the last.</summary>
    internal static int SliceOf(int left, TimeSpan time, TimeSpan last) =>
        time <= last ? left : Math.Min(left, Math.Max(LeastPerSlice, (int)Math.Ceiling(left * (last / time))));

    // False where silos have come or gone meanwhile, or the silo could not be asked: it is to be done again.
    private async Task<bool> MoveAsync(IReadOnlyList<(SiloAddress, SiloRoles?)> layout, CancellationToken stoppingToken)
    {
        try
        {
            var active = await grains.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics(null, [map.LocalSilo], stoppingToken);
            var strangers = active.Select(grain => grain.GrainId).Where(grain => homes.Of(grain) is { } home && !home.Equals(map.LocalSilo)).ToList();
            var (started, last) = (clock.GetTimestamp(), Pause);
            for (int moved = 0, slice; moved < strangers.Count; moved += slice)
            {
                var began = clock.GetTimestamp();
                slice = SliceOf(strangers.Count - moved, Whole - clock.GetElapsedTime(started), last);
                await Task.WhenAll(strangers.GetRange(moved, slice).Select(grain => grains.GetGrain(grain).AsReference<IGrainManagementExtension>().MigrateOnIdle().AsTask()));
                await Task.Delay(Pause, clock, stoppingToken);
                last = clock.GetElapsedTime(began);
                if (!map.Layout().SequenceEqual(layout))
                {
                    return false;
                }
            }

            if (strangers.Count > 0)
            {
                logger.GrainsMoved(strangers.Count, active.Length);
            }

            return true;
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            logger.MoveFailed(exception);
            return false;
        }
    }
}
