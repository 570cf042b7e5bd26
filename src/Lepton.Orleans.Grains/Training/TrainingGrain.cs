using System.Diagnostics;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Training;
using Lepton.Orleans.Engine.Tuning;
using Lepton.Orleans.Grains.Erasure;
using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Roles;
using Lepton.Orleans.Grains.Storage;
using Microsoft.Extensions.Options;
using Orleans.Storage;

namespace Lepton.Orleans.Grains.Training;

/// <inheritdoc cref="ITrainingGrain" />
/// <remarks>
/// The build runs beside the grain, on threads of its own; the grain stays free to answer. It reads the histories, counts
/// what the shards hold anew (which mends what a crash has cost them), solves, and publishes the model as a blob. A build
/// that was cut off with its silo is taken up by the next activation: it reads and counts the histories anew, so that
/// nothing which happened meanwhile is missing, and solves only what was not solved yet. One that was cut off again and
/// again, as by a want of memory that it causes itself, is given up, and none starts until somebody asks for it.
/// </remarks>
[HostedBy(SiloRoles.Training)]
internal sealed class TrainingGrain(
    [PersistentState("training", LeptonGrainsExtensions.StorageName)] IPersistentState<TrainingState> state,
    HistoryScan scan,
    IndexStore indexes,
    BlobStore blobs,
    PendingErasures erasures,
    Replicas replicas,
    DeltaBuffer deltas,
    LiveOptions<TrainingOptions> options,
    IOptions<RankingOptions> ranking,
    TimeProvider clock,
    ISiloStatusOracle silos,
    ILogger<TrainingGrain> logger) : Grain, ITrainingGrain, ITrainingStateGrain, IDisposable
{
    // Reading the histories is a small part of a build; the rest is what the engine reports.
    private const double ScanShare = .1;

    // A model that took minutes to make is not given up because the store was slow for some seconds.
    private const int PublishTries = 6;

    private static readonly TimeSpan PublishTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PublishPoll = TimeSpan.FromMilliseconds(50);

    // So often a build is begun whose silo ends with it, other than by leaving.
    private const int MaxAttempts = 3;

    private readonly BuildDue _due = new();
    private CancellationTokenSource? _cancellation;
    private Task? _build;
    private BuildStatus _status = new();
    private bool _isOverdue;
    private bool _isLeaving;

    private string Tenant => this.GetPrimaryKeyString();

    /// <summary>The name of a tenant's model blob.</summary>
    public static string ModelBlob(string tenant) => $"model:{tenant}";

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _status = StatusOf(state.State);
        if (state.State is { Running: > 0 and var lost, Attempts: >= MaxAttempts })
        {
            _cancellation = new CancellationTokenSource();
            _build = GiveUpAsync(lost);
        }
        else if (state.State.Running is > 0 and var version)
        {
            // What was solved before somebody was erased has learned from him: then nothing of it is used.
            Start((await erasures.CountAsync(Tenant)).Count == 0 ? version : Math.Max(version + 1, clock.GetUtcNow().ToUnixTimeMilliseconds()));
        }

        if (options.Value.Automatic)
        {
            this.RegisterGrainTimer(StartWhenDueAsync, new GrainTimerCreationOptions(options.Value.CheckInterval, options.Value.CheckInterval));
            _isOverdue = state.State.ModelVersion == 0 && _build is null && await indexes.CountAsync(b => StoreKeys.UserIndex(Tenant, b)) > 0;
        }
    }

    public void Dispose() => _cancellation?.Dispose();

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _isLeaving = true;
        if (_build is { } running)
        {
            await _cancellation!.CancelAsync();
            await running;
        }

        if (state.State.Running > 0)
        {
            await LeaveAsync();
        }
    }

    public Task<BuildStatus> StartAsync()
    {
        if (_build is not { IsCompleted: false })
        {
            Start(Math.Max(state.State.ModelVersion + 1, clock.GetUtcNow().ToUnixTimeMilliseconds()));
        }

        return Task.FromResult(_status);
    }

    public Task<BuildStatus> GetStatusAsync() => Task.FromResult(_status);

    private bool IsLeaving => _isLeaving || silos.CurrentStatus is SiloStatus.ShuttingDown or SiloStatus.Stopping or SiloStatus.Dead;

    public async Task<BuildStatus> CancelAsync()
    {
        if (_build is { IsCompleted: false } running)
        {
            await _cancellation!.CancelAsync();
            await running;
        }

        return _status;
    }

    public Task<TrainingState> GetStateAsync() => Task.FromResult(state.State);

    public async Task<long> BeginRestoreAsync(long version)
    {
        await CancelAsync();
        return Math.Max(version, state.State.ModelVersion + 1);
    }

    public async Task RestoreAsync(TrainingState restored)
    {
        await CancelAsync();
        (restored.Running, restored.Weights, restored.Attempts, restored.GivenUp) = (0, null, 0, null);
        state.State = restored;
        await state.WriteStateAsync();
        _status = StatusOf(restored);
        _isOverdue = false;
    }

    private static BuildStatus StatusOf(TrainingState known) => new()
    {
        State = known.GivenUp is not null ? BuildState.Failed : known.ModelVersion > 0 ? BuildState.Succeeded : BuildState.None,
        Error = known.GivenUp ?? "",
        Progress = known.ModelVersion > 0 ? 1 : 0,
        ModelVersion = known.ModelVersion,
        Duration = known.Duration,
        Summary = known.Summary,
        Tuning = SavedTuning.StatusOf(SavedTuning.Read(known.Tuning)),
    };

    private void Start(long version)
    {
        _isOverdue = false;
        _cancellation?.Dispose();
        _cancellation = new CancellationTokenSource();
        _status = _status with { State = BuildState.Running, Stage = "Histories", Progress = 0, Error = "" };
        logger.BuildStarted(Tenant, version);
        _build = BuildAsync(version, _cancellation.Token);
    }

    private async Task StartWhenDueAsync()
    {
        if (_build is { IsCompleted: false } || state.State.GivenUp is not null)
        {
            return;
        }

        // Missed is the first model where there are people but no model, since the service was stopped before its first build.
        var replica = replicas.For(Tenant);
        var erased = (await erasures.CountAsync(Tenant)).First;
        if (_due.IsDue(new BuildSigns(clock.GetUtcNow(), replica.PositiveFeedback, state.State.PositiveFeedback, _isOverdue || replica.IsIncomplete, erased), options.Value))
        {
            await StartAsync();
        }
    }

    private async Task BuildAsync(long version, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            var isResumed = state.State.Running == version;
            if (!isResumed)
            {
                (state.State.Running, state.State.Weights) = (version, null);
            }

            // Before anything that could end the silo.
            (state.State.Attempts, state.State.GivenUp) = (state.State.Attempts + 1, null);
            await state.WriteStateAsync(CancellationToken.None);

            var replica = replicas.For(Tenant);
            await replica.Catalog.RefreshAsync();
            var erased = isResumed ? [] : await erasures.GetAsync(Tenant);
            var shards = new ShardRebuild(GrainFactory, Tenant, clock);

            // What was recorded before is in the histories that are read next, and must not be kept aside as well. It overtakes
            // nothing on the way to a shard that is awake.
            await shards.AbandonAsync();
            await deltas.FlushAsync();
            await shards.BeginAsync();
            var found = await scan.RunAsync(Tenant, ranking.Value.TrendingHalfLife, replica.Catalog.IsDeleted, cancellationToken);
            var interactions = found.Interactions;
            var counts = await SolveAsync(interactions, version, cancellationToken);
            await shards.ReplaceAsync(version, counts, found.Popularity, cancellationToken);

            (state.State.Running, state.State.Weights, state.State.Attempts) = (0, null, 0);
            state.State.ModelVersion = version;
            state.State.Duration = watch.Elapsed;
            state.State.PositiveFeedback = interactions.Items.Length;
            state.State.Summary = $"{interactions.UserCount} users, {interactions.CountItems().Count(c => c > 0)} items, {interactions.Items.Length} positive feedback";
            await state.WriteStateAsync(CancellationToken.None);
            await erasures.RemoveAsync(Tenant, erased);

            // Whoever waits for a build wants lists that are made with it: it has ended when this silo's replica holds it. There is
            // nothing left to cancel: who tries to need not wait.
            _status = _status with { Stage = "Publishing", ModelVersion = version };
            for (var until = clock.GetUtcNow() + PublishTimeout; replica.ModelVersion < version && clock.GetUtcNow() < until && !cancellationToken.IsCancellationRequested;)
            {
                await Task.Delay(PublishPoll, clock, CancellationToken.None);
            }

            _status = new BuildStatus
            {
                State = BuildState.Succeeded,
                Progress = 1,
                ModelVersion = version,
                Duration = watch.Elapsed,
                Summary = state.State.Summary,
                Tuning = _status.Tuning,
            };
            _due.End(BuildState.Succeeded, clock.GetUtcNow(), options.Value);
            BuildMetrics.Ended(watch.Elapsed, BuildState.Succeeded);
            logger.BuildFinished(Tenant, version, watch.Elapsed.TotalSeconds, state.State.Summary);
        }
        catch (OperationCanceledException)
        {
            _due.End(BuildState.Cancelled, clock.GetUtcNow(), options.Value);
            BuildMetrics.Ended(watch.Elapsed, BuildState.Cancelled);
            logger.BuildCancelled(Tenant, version);
            await AbandonAsync();
            _status = _status with { State = BuildState.Cancelled };
        }
        catch (Exception) when (IsLeaving)
        {
            // Grains that it needs are gone before it hears that the silo leaves. The next activation takes it up.
            _status = _status with { State = BuildState.Cancelled };
            BuildMetrics.Ended(watch.Elapsed, BuildState.Cancelled);
            logger.BuildCancelled(Tenant, version);
        }
        catch (Exception exception)
        {
            _due.End(BuildState.Failed, clock.GetUtcNow(), options.Value);
            BuildMetrics.Ended(watch.Elapsed, BuildState.Failed);
            logger.BuildFailed(Tenant, version, exception);
            await AbandonAsync();

            // Last: whoever is told that it has failed can start the next one.
            _status = _status with { State = BuildState.Failed, Error = Sentence(exception) };
        }
    }

    // What an activation before has solved of this build is not solved again.
    private async Task<ExactCounts> SolveAsync(Interactions interactions, long version, CancellationToken cancellationToken)
    {
        var defaults = new ModelBuildOptions
        {
            Parallelism = options.Value.Parallelism > 0 ? options.Value.Parallelism : Math.Max(1, Environment.ProcessorCount / 2),
            Ridge = new LocalRidgeOptions { MaximumPairs = PairsIn(options.Value.PairMegabytes) },
        };
        var progress = new Reporter<BuildProgress>(p =>
            _status = _status with { Stage = p.Stage.ToString(), Progress = ScanShare + ((1 - ScanShare) * p.Share) });
        if (await blobs.VersionAsync(ModelBlob(Tenant)) == version)
        {
            var published = SavedTuning.Read(state.State.Tuning).Best.ApplyTo(defaults);
            return await RunAsync(() => ModelBuild.Count(interactions, published, progress, cancellationToken), cancellationToken);
        }

        var weights = state.State.Weights is { } known ? BlendWeights.FromBytes(known) : await TuneAsync(interactions, defaults, progress, cancellationToken);
        var settings = SavedTuning.Read(state.State.Tuning).Best.ApplyTo(defaults);
        if (weights is null && await RunAsync(() => ModelBuild.Learn(interactions, settings, progress, cancellationToken), cancellationToken) is { } learned)
        {
            weights = learned.Weights;
            logger.WeightsLearned(Tenant, learned.Users, learned.Recall + learned.Ndcg, learned.BestAlone?.Source, learned.BestAlone?.Gain ?? 0);
        }

        if (state.State.Weights is null && weights is not null)
        {
            state.State.Weights = weights.ToBytes();
            await state.WriteStateAsync(CancellationToken.None);
        }

        var built = await RunAsync(() => ModelBuild.Train(interactions, weights, settings, progress, cancellationToken), cancellationToken);
        await PublishAsync(built.Model, version, cancellationToken);
        return built;
    }

    private static long PairsIn(int megabytes) =>
        (megabytes > 0 ? (long)megabytes << 20 : Math.Min(2L << 30, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4)) / LocalRidgeOptions.BytesPerPair;

    // Returns the weights that were learned with the best settings found, where any were tried on these histories.
    private async Task<BlendWeights?> TuneAsync(
        Interactions interactions, ModelBuildOptions defaults, IProgress<BuildProgress> progress, CancellationToken cancellationToken)
    {
        var budget = options.Value.TuningBudget;
        if (budget == TimeSpan.Zero)
        {
            return null;
        }

        var known = SavedTuning.Read(state.State.Tuning);
        var tuning = await RunAsync(() => new ModelTuning(interactions, defaults, known, budget, clock), cancellationToken);
        for (var more = true; more;)
        {
            // What was tried is kept at once: whoever takes up a build that was cut off tries it no second time.
            more = await RunAsync(() => tuning.Next(progress, cancellationToken), cancellationToken);
            state.State.Tuning = tuning.State.ToBytes();
            await state.WriteStateAsync(CancellationToken.None);
            _status = _status with { Stage = "Tuning", Tuning = SavedTuning.StatusOf(tuning.State) };
        }

        logger.BuildTuned(Tenant, tuning.State.Trials.Count, tuning.State.IsFinished, tuning.State.Best.ToString());
        return tuning.Weights;
    }

    private static Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(work, cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private async Task PublishAsync(BuiltModel model, long version, CancellationToken cancellationToken)
    {
        for (var pause = TimeSpan.FromSeconds(1); ; pause *= 2)
        {
            try
            {
                await blobs.WriteAsync(ModelBlob(Tenant), version, model.Write);
                return;
            }
            catch (StoreUnavailableException) when (pause < TimeSpan.FromSeconds(1 << (PublishTries - 1)))
            {
                logger.PublishAgain(Tenant, version, pause.TotalSeconds);
                await Task.Delay(pause, clock, cancellationToken);
            }
        }
    }

    // A shard that is not told keeps increments aside, up to its bound, until the next build begins. A build that ends because
    // its silo does is taken up elsewhere, which tells the shards again.
    private async Task AbandonAsync()
    {
        if (IsLeaving)
        {
            return;
        }

        try
        {
            await ForgetAsync();
            await new ShardRebuild(GrainFactory, Tenant, clock).AbandonAsync();
        }
        catch (Exception exception)
        {
            logger.AbandonFailed(Tenant, exception);
        }
    }

    private async Task GiveUpAsync(long version)
    {
        var why = $"The build was begun {state.State.Attempts} times, and each time its silo ended with it, most likely for want of memory. "
            + $"None starts by itself until one is asked for. {TrainingOptions.Section}:{nameof(TrainingOptions.PairMegabytes)} bounds the largest part of its memory.";
        state.State.GivenUp = why;
        _status = StatusOf(state.State);
        BuildMetrics.Ended(TimeSpan.Zero, BuildState.Failed);
        logger.BuildGivenUp(Tenant, version, state.State.Attempts);
        await AbandonAsync();

        // What was written meanwhile has been read instead. Where it is the same build still, that is given up as well; where it is
        // not, another activation has begun or ended one.
        if (state.State is { Attempts: >= MaxAttempts, GivenUp: null } && state.State.Running == version)
        {
            state.State.GivenUp = why;
            await AbandonAsync();
        }

        _status = StatusOf(state.State);
    }

    // A silo that leaves takes its build along without being ended by it.
    private async Task LeaveAsync()
    {
        try
        {
            state.State.Attempts = Math.Max(0, state.State.Attempts - 1);
            await state.WriteStateAsync(CancellationToken.None);
        }
        catch (Exception exception)
        {
            logger.LeaveUnwritten(Tenant, exception);
        }
    }

    private async Task ForgetAsync()
    {
        try
        {
            (state.State.Running, state.State.Weights, state.State.Attempts) = (0, null, 0);
            await state.WriteStateAsync(CancellationToken.None);
        }
        catch (InconsistentStateException)
        {
            // A write without an answer was kept after all, and every later one would be refused: what there is is read anew. It
            // may also be another activation's, so nothing is written over it; what is left of a build is taken up once more.
            await state.ReadStateAsync(CancellationToken.None);
            _status = _status with { ModelVersion = state.State.ModelVersion };
        }
    }

    // What a caller of the API can use: the log has the rest.
    private static string Sentence(Exception exception) => exception switch
    {
        StoreUnavailableException store => $"The store did not confirm: {store.Operation}.",
        TimeoutException or OrleansException => "A part of the service did not answer in time.",
        _ => exception.Message,
    };

    // Progress<T> would post to the thread pool and could report after the end.
    private sealed class Reporter<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
