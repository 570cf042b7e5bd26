using Lepton.Orleans.Grains.Placement;
using Lepton.Orleans.Grains.Roles;
using Orleans.Streams;

namespace Lepton.Orleans.Silo.Streams;

/// <summary>
/// Shares partitions among the silos that read Kafka, each as many as any other, or one more. Orleans' own balancer gives a share
/// to every silo there is.
/// </summary>
internal sealed class StreamBalancer(IServiceProvider services, RoleMap map, TimeProvider clock, ILogger<StreamBalancer> logger) : QueueBalancerBase(services, logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private QueueId[] _queues = [];
    private QueueId[] _mine = [];
    private Task _watching = Task.CompletedTask;

    /// <inheritdoc/>
    public override Task Initialize(IStreamQueueMapper queueMapper)
    {
        ArgumentNullException.ThrowIfNull(queueMapper);
        _queues = [.. queueMapper.GetAllQueues()];
        Volatile.Write(ref _mine, Mine());
        _watching = WatchAsync();
        return base.Initialize(queueMapper);
    }

    /// <inheritdoc/>
    public override IEnumerable<QueueId> GetMyQueues() => Volatile.Read(ref _mine);

    /// <inheritdoc/>
    public override async Task Shutdown()
    {
        await base.Shutdown();
        await _watching;
    }

    /// <inheritdoc/>
    protected override void OnClusterMembershipChange(HashSet<SiloAddress> activeSilos)
    {
        // The roles of a new silo are known a moment later, so it is looked for those instead.
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            var isTold = true;
            while (await timer.WaitForNextTickAsync(Cancellation))
            {
                isTold = await FollowAsync(isTold);
            }
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }

    // False where who reads could not be told: he is told the next time.
    private async Task<bool> FollowAsync(bool isTold)
    {
        try
        {
            var mine = Mine();
            if (!isTold || !mine.SequenceEqual(GetMyQueues()))
            {
                Volatile.Write(ref _mine, mine);
                await NotifyListeners();
            }

            return true;
        }
        catch (Exception exception) when (!Cancellation.IsCancellationRequested)
        {
            logger.ShareNotChanged(exception);
            return false;
        }
    }

    private QueueId[] Mine()
    {
        var silos = map.SilosOf(SiloRoles.Streams);
        if (silos.Count == 0)
        {
            return [];
        }

        var places = Rendezvous.Spread([.. _queues.Select(queue => IdSpan.Create(queue.ToString()))], silos);
        return [.. _queues.Where((_, i) => places[i].Equals(map.LocalSilo))];
    }
}
