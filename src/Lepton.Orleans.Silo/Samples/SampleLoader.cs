using System.Diagnostics;
using Lepton.Orleans.Engine.Samples;

namespace Lepton.Orleans.Silo.Samples;

/// <summary>
/// Fills an empty service with the generated sample through the same grains that callers use, has the model built, and
/// then prints what to try.
/// </summary>
internal sealed class SampleLoader(
    IGrainFactory grains,
    IHostApplicationLifetime lifetime,
    TimeProvider clock,
    WelcomeText welcome,
    ILogger<SampleLoader> logger) : BackgroundService
{
    private const int Parallelism = 32;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource();
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await using var stopping = stoppingToken.Register(() => started.TrySetCanceled(stoppingToken));
        try
        {
            await started.Task;
            var tenant = grains.GetGrain<ITenantGrain>(LeptonKey.DefaultTenant);
            var isEmpty = (await tenant.ListItemsAsync(1, "")).Entries.Count == 0 && (await tenant.ListUsersAsync(1, "")).Entries.Count == 0;
            if (isEmpty)
            {
                await LoadAsync(stoppingToken);
                await BuildAsync(stoppingToken);
            }

            await welcome.PrintAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped in the middle: what was loaded stays, and the service is no longer empty.
        }
        catch (Exception exception)
        {
            logger.SampleFailed(exception);
        }
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var sample = SampleCatalog.Generate(new SampleOptions { Now = clock.GetUtcNow().UtcDateTime });
        logger.SampleLoading(sample.Items.Count, sample.Users.Count);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(sample.Items, options, async (item, _) => await grains
            .GetGrain<IItemGrain>(LeptonKey.For(LeptonKey.DefaultTenant, item.ItemId))
            .PutAsync(new Item
            {
                ItemId = item.ItemId,
                Categories = item.Categories,
                Timestamp = item.ReleasedAt,
                LabelsJson = item.LabelsJson,
                Comment = item.Title,
            }));
        await Parallel.ForEachAsync(sample.Users, options, async (user, _) => await grains
            .GetGrain<IUserGrain>(LeptonKey.For(LeptonKey.DefaultTenant, user.UserId))
            .PutAsync(new User { UserId = user.UserId, LabelsJson = user.LabelsJson }));
        var batches = sample.Events
            .Select(e => new Feedback { FeedbackType = e.FeedbackType, UserId = e.UserId, ItemId = e.ItemId, Value = e.Value, Timestamp = e.Timestamp })
            .GroupBy(f => f.UserId)
            .ToList();
        await Parallel.ForEachAsync(batches, options, async (batch, _) => await grains
            .GetGrain<IUserGrain>(LeptonKey.For(LeptonKey.DefaultTenant, batch.Key))
            .RecordAsync(new FeedbackBatch { Rows = [.. batch] }));
        logger.SampleLoaded(batches.Sum(b => b.Count()), watch.Elapsed.TotalSeconds);
    }

    private async Task BuildAsync(CancellationToken cancellationToken)
    {
        var training = grains.GetGrain<ITrainingGrain>(LeptonKey.DefaultTenant);
        await training.StartAsync();
        using var timer = new PeriodicTimer(PollInterval, clock);
        do
        {
            await timer.WaitForNextTickAsync(cancellationToken);
        }
        while ((await training.GetStatusAsync()).State == BuildState.Running);
    }
}
