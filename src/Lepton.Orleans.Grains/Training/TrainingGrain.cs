using System.Diagnostics;
using Lepton.Orleans.Grains.Erasure;
using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Roles;
using Lepton.Orleans.Grains.Storage;
using Orleans.Storage;

namespace Lepton.Orleans.Grains.Training;

/// <inheritdoc cref="ITrainingGrain" />
/// <remarks>
/// The build (<see cref="BuildSteps"/>) runs beside the grain, which stays free to answer. One that was cut off with its silo is
/// taken up by the next activation. One that was cut off again and again, as by a want of memory that it causes itself, is given
/// up, and none starts until somebody asks for it. When one starts by itself <see cref="BuildDue"/> says.
/// </remarks>
[HostedBy(SiloRoles.Training)]
internal sealed class TrainingGrain(
    [PersistentState("training", LeptonGrainsExtensions.StorageName)] IPersistentState<TrainingState> state,
    BuildSteps steps,
    IndexStore indexes,
    PendingErasures erasures,
    Replicas replicas,
    LiveOptions<TrainingOptions> options,
    TimeProvider clock,
    ISiloStatusOracle silos,
    ILogger<TrainingGrain> logger) : Grain, ITrainingGrain, ITrainingStateGrain, IDisposable
{
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
        if (_build is { IsCompleted: false } || state.State.GivenUp is not null || _due.IsPaused(clock.GetUtcNow()))
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
            await steps.RunAsync(new BuildRun(Tenant, version, state, change => _status = change(_status)), cancellationToken);
            _status = StatusOf(state.State);
            End(BuildState.Succeeded, watch.Elapsed);
            logger.BuildFinished(Tenant, version, watch.Elapsed.TotalSeconds, state.State.Summary);
        }
        catch (OperationCanceledException)
        {
            End(BuildState.Cancelled, watch.Elapsed);
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
            End(BuildState.Failed, watch.Elapsed);
            logger.BuildFailed(Tenant, version, exception);
            await AbandonAsync();

            // Last: whoever is told that it has failed can start the next one.
            _status = _status with { State = BuildState.Failed, Error = Sentence(exception) };
        }
    }

    private void End(BuildState how, TimeSpan after)
    {
        _due.End(how, clock.GetUtcNow(), options.Value);
        BuildMetrics.Ended(after, how);
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
}
