using System.Diagnostics;
using Lepton.Orleans.Engine.Samples;
using Lepton.Orleans.Silo.Storage;
using Microsoft.Extensions.Options;

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
    IOptions<StoreOptions> store,
    ILogger<SampleLoader> logger) : BackgroundService
{
    private const int Parallelism = 256;
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
            // The mark says that a load was begun and not finished: a service stopped in the middle goes on at the next start.
            var mark = Path.Combine(store.Value.DataDirectory, "sample-incomplete");
            if (File.Exists(mark) || await IsEmptyAsync(stoppingToken))
            {
                Directory.CreateDirectory(store.Value.DataDirectory);
                await File.WriteAllTextAsync(mark, "", stoppingToken);
                await LoadAsync(stoppingToken);
                File.Delete(mark);
                await BuildAsync(stoppingToken);
            }

            await welcome.PrintAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The mark stays, and the next start goes on.
        }
        catch (Exception exception)
        {
            logger.SampleFailed(exception);
        }
    }

    private async Task<bool> IsEmptyAsync(CancellationToken cancellationToken)
    {
        var tenant = grains.GetGrain<ITenantGrain>(LeptonKey.DefaultTenant);
        return (await PatientlyAsync(() => tenant.ListItemsAsync(1, ""), cancellationToken)).Entries.Count == 0
            && (await PatientlyAsync(() => tenant.ListUsersAsync(1, ""), cancellationToken)).Entries.Count == 0;
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var sample = SampleCatalog.Generate(new SampleOptions { Now = clock.GetUtcNow().UtcDateTime });
        logger.SampleLoading(sample.Items.Count, sample.Users.Count);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(sample.Items, options, async (item, token) =>
            await PatientlyAsync(() => Item(item).PutAsync(Document(item)), token));
        await Parallel.ForEachAsync(sample.Users, options, async (user, token) =>
            await PatientlyAsync(() => User(user.UserId).PutAsync(new User { UserId = user.UserId, LabelsJson = user.LabelsJson, Comment = user.Name }), token));
        var batches = sample.Events
            .Select(e => new Feedback { FeedbackType = e.FeedbackType, UserId = e.UserId, ItemId = e.ItemId, Value = e.Value, Timestamp = e.Timestamp })
            .GroupBy(f => f.UserId)
            .ToList();

        // Overwriting, so that a load that was interrupted can be done again.
        await Parallel.ForEachAsync(batches, options, async (batch, token) =>
            await PatientlyAsync(() => User(batch.Key).RecordAsync(new FeedbackBatch { Rows = [.. batch], Overwrite = true }), token));
        logger.SampleLoaded(batches.Sum(b => b.Count()), watch.Elapsed.TotalSeconds);
    }

    private IItemGrain Item(SampleItem item) => grains.GetGrain<IItemGrain>(LeptonKey.For(LeptonKey.DefaultTenant, item.ItemId));

    private IUserGrain User(string id) => grains.GetGrain<IUserGrain>(LeptonKey.For(LeptonKey.DefaultTenant, id));

    private static Item Document(SampleItem item) => new()
    {
        ItemId = item.ItemId,
        Categories = item.Categories,
        Timestamp = item.ReleasedAt,
        LabelsJson = item.LabelsJson,
        Comment = item.Title,
    };

    private Task<bool> PatientlyAsync(Func<Task> call, CancellationToken cancellationToken) => PatientlyAsync(
        async () =>
        {
            await call();
            return true;
        },
        cancellationToken);

    // Nothing waits for the sample, so it waits for the store.
    private async Task<T> PatientlyAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await call();
            }
            catch (StoreUnavailableException exception)
            {
                await Task.Delay(exception.RetryAfter, clock, cancellationToken);
            }
        }
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
