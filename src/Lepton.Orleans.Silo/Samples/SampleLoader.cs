using System.Diagnostics;
using System.Globalization;
using Lepton.Orleans.Engine.Samples;
using Lepton.Orleans.Grains;
using Lepton.Orleans.Grains.Turns;

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
    StoreTurns turns,
    ILogger<SampleLoader> logger) : BackgroundService
{
    private const string Work = "sample";
    private const int Parallelism = 256;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    // For so long nothing of the service may answer before the load is given up, until the next start.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(8);
    private static readonly (TimeSpan First, TimeSpan Longest) Telling = (TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1));
    private readonly Lock _gate = new();
    private RisingInterval? _telling;
    private bool _hasLoaded;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource();
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await using var stopping = stoppingToken.Register(() => started.TrySetCanceled(stoppingToken));
        try
        {
            await started.Task;
            if (await IsNeededAsync(stoppingToken))
            {
                while (!await LoadInTurnAsync(stoppingToken))
                {
                }
            }

            // Not in turn: a service that is slow may lose its own, and what there is to load is loaded.
            if (_hasLoaded)
            {
                await BuildAsync(stoppingToken);
            }

            await PatientlyAsync(() => welcome.PrintAsync(stoppingToken), stoppingToken);
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            // Whatever a service that stops answers. The note stays, and whoever starts next goes on.
        }
        catch (Exception exception)
        {
            logger.SampleFailed(exception);
        }
    }

    // A note says that a load was begun and not finished, by this service or another on the same store.
    private async Task<bool> IsNeededAsync(CancellationToken cancellationToken) =>
        await PatientlyAsync(() => turns.GetNoteAsync(Work), cancellationToken) is not null || await IsEmptyAsync(cancellationToken);

    // False where another service may have taken over before the end.
    private async Task<bool> LoadInTurnAsync(CancellationToken stoppingToken)
    {
        await using var turn = await PatientlyAsync(() => turns.TakeAsync(Work, stoppingToken), stoppingToken);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, turn.Lost);
        try
        {
            if (!await IsNeededAsync(stopping.Token))
            {
                if (!_hasLoaded)
                {
                    logger.SampleLoadedElsewhere();
                }

                return true;
            }

            // The sample is made from a time: who goes on makes the same one.
            var note = await PatientlyAsync(() => turns.GetNoteAsync(Work), stopping.Token)
                ?? clock.GetUtcNow().UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
            await PatientlyAsync(() => turn.SetNoteAsync(note), stopping.Token);
            await LoadAsync(DateTime.ParseExact(note, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind), stopping.Token);
            _hasLoaded = true;
            await PatientlyAsync(turn.RemoveNoteAsync, stopping.Token);
            return true;
        }
        catch (OperationCanceledException) when (turn.Lost.IsCancellationRequested && !stoppingToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<bool> IsEmptyAsync(CancellationToken cancellationToken)
    {
        var tenant = grains.GetGrain<ITenantGrain>(LeptonKey.DefaultTenant);
        return (await PatientlyAsync(() => tenant.ListItemsAsync(1, ""), cancellationToken)).Entries.Count == 0
            && (await PatientlyAsync(() => tenant.ListUsersAsync(1, ""), cancellationToken)).Entries.Count == 0;
    }

    private async Task LoadAsync(DateTime now, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var sample = SampleCatalog.Generate(new SampleOptions { Now = now });
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

        // Each event has its time, so a load that was interrupted can be done again, whatever users have done meanwhile.
        await Parallel.ForEachAsync(batches, options, async (batch, token) =>
            await PatientlyAsync(() => User(batch.Key).RecordAsync(new FeedbackBatch { Rows = [.. batch] }), token));
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
        var started = clock.GetTimestamp();
        var pause = PollInterval;
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
            catch (Exception exception) when (exception is TimeoutException or OrleansException && clock.GetElapsedTime(started) < Patience)
            {
                // All that is loaded may be loaded again. A machine that is busy is not made less so by haste.
                cancellationToken.ThrowIfCancellationRequested();
                lock (_gate)
                {
                    if ((_telling ??= new RisingInterval(clock, Telling.First, Telling.Longest)).IsDue())
                    {
                        logger.SampleSlow(exception.GetType().Name);
                    }
                }

                await Task.Delay(pause, clock, cancellationToken);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
            catch (StaleActivationException)
            {
                await Task.Delay(PollInterval, clock, cancellationToken);
            }
        }
    }

    private async Task BuildAsync(CancellationToken cancellationToken)
    {
        var training = grains.GetGrain<ITrainingGrain>(LeptonKey.DefaultTenant);

        // A build that has begun already has not seen everything.
        await PatientlyAsync(() => training.CancelAsync(), cancellationToken);
        await PatientlyAsync(() => training.StartAsync(), cancellationToken);
        using var timer = new PeriodicTimer(PollInterval, clock);
        do
        {
            await timer.WaitForNextTickAsync(cancellationToken);
        }
        while ((await PatientlyAsync(() => training.GetStatusAsync(), cancellationToken)).State == BuildState.Running);
    }
}
