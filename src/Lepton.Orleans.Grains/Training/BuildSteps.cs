using System.Diagnostics;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Training;
using Lepton.Orleans.Engine.Tuning;
using Lepton.Orleans.Grains.Erasure;
using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Storage;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Grains.Training;

/// <summary>
/// The steps of a build: it reads the histories, counts what the shards hold anew (which mends what a crash has cost them), solves,
/// and publishes the model as a blob. A build that is taken up where another activation left it reads and counts the histories
/// anew, so that nothing which happened meanwhile is missing, and solves only what was not solved yet.
/// </summary>
internal sealed class BuildSteps(
    HistoryScan scan,
    BlobStore blobs,
    PendingErasures erasures,
    Replicas replicas,
    DeltaBuffer deltas,
    LiveOptions<TrainingOptions> options,
    IOptions<RankingOptions> ranking,
    IGrainFactory grains,
    TimeProvider clock,
    ILogger<BuildSteps> logger)
{
    // Reading the histories is a small part of a build; the rest is what the engine reports.
    private const double ScanShare = .1;

    // A model that took minutes to make is not given up because the store was slow for some seconds.
    private const int PublishTries = 6;

    private static readonly TimeSpan PublishTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PublishPoll = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs a build, on threads of its own where it calculates.</summary>
    /// <param name="run">The build. It is resumed where its version is the one that is noted as under way.</param>
    /// <param name="cancellationToken">Ends it, unless its model is in use already.</param>
    /// <exception cref="OperationCanceledException">It was ended; the model before stays in use.</exception>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task RunAsync(BuildRun run, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var (tenant, version, state) = (run.Tenant, run.Version, run.State);
        var isResumed = state.Running == version;
        if (!isResumed)
        {
            (state.Running, state.Weights) = (version, null);
        }

        // Before anything that could end the silo.
        (state.Attempts, state.GivenUp) = (state.Attempts + 1, null);
        await run.SaveAsync();

        var replica = replicas.For(tenant);
        await replica.Catalog.RefreshAsync();
        var erased = isResumed ? [] : await erasures.GetAsync(tenant);
        var shards = new ShardRebuild(grains, tenant, clock);

        // What was recorded before is in the histories that are read next, and should not be kept aside as well: what is still on
        // its way to a shard that is awake by then is counted by both, until the next build.
        await shards.AbandonAsync();
        await deltas.FlushAsync();
        await shards.BeginAsync();
        var found = await scan.RunAsync(tenant, ranking.Value.TrendingHalfLife, replica.Catalog.IsDeleted, cancellationToken);
        var interactions = found.Interactions;
        var counts = await SolveAsync(run, interactions, cancellationToken);
        await shards.ReplaceAsync(counts, found.Popularity, cancellationToken);

        (state.Running, state.Weights, state.Attempts) = (0, null, 0);
        state.ModelVersion = version;
        state.Duration = watch.Elapsed;
        state.PositiveFeedback = interactions.Items.Length;
        state.Summary = $"{interactions.UserCount} users, {interactions.CountItems().Count(c => c > 0)} items, {interactions.Items.Length} positive feedback";
        await run.SaveAsync();
        await erasures.RemoveAsync(tenant, erased);

        // Whoever waits for a build wants lists that are made with it: it has ended when this silo's replica holds it. There is
        // nothing left to cancel: who tries to need not wait.
        run.Tell(status => status with { Stage = "Publishing", ModelVersion = version });
        for (var until = clock.GetUtcNow() + PublishTimeout; replica.ModelVersion < version && clock.GetUtcNow() < until && !cancellationToken.IsCancellationRequested;)
        {
            await Task.Delay(PublishPoll, clock, CancellationToken.None);
        }
    }

    // What an activation before has solved of this build is not solved again.
    private async Task<ExactCounts> SolveAsync(BuildRun run, Interactions interactions, CancellationToken cancellationToken)
    {
        var defaults = new ModelBuildOptions
        {
            Parallelism = options.Value.Parallelism > 0 ? options.Value.Parallelism : Math.Max(1, Environment.ProcessorCount / 2),
            Ridge = new LocalRidgeOptions { MaximumPairs = PairsIn(options.Value.PairMegabytes) },
        };
        var progress = new Reporter<BuildProgress>(p =>
            run.Tell(status => status with { Stage = p.Stage.ToString(), Progress = Math.Round(ScanShare + ((1 - ScanShare) * p.Share), 3) }));
        if (await blobs.VersionAsync(TrainingGrain.ModelBlob(run.Tenant)) == run.Version)
        {
            var published = SavedTuning.Read(run.State.Tuning).Best.ApplyTo(defaults);
            return await CalculateAsync(() => ModelBuild.Count(interactions, published, progress, cancellationToken), cancellationToken);
        }

        var weights = run.State.Weights is { } known ? BlendWeights.FromBytes(known) : await TuneAsync(run, interactions, defaults, progress, cancellationToken);
        var settings = SavedTuning.Read(run.State.Tuning).Best.ApplyTo(defaults);
        if (weights is null && await CalculateAsync(() => ModelBuild.Learn(interactions, settings, progress, cancellationToken), cancellationToken) is { } learned)
        {
            weights = learned.Weights;
            logger.WeightsLearned(run.Tenant, learned.Users, learned.Recall + learned.Ndcg, learned.BestAlone?.Source, learned.BestAlone?.Gain ?? 0);
        }

        if (run.State.Weights is null && weights is not null)
        {
            run.State.Weights = weights.ToBytes();
            await run.SaveAsync();
        }

        var built = await CalculateAsync(() => ModelBuild.Train(interactions, weights, settings, progress, cancellationToken), cancellationToken);
        await PublishAsync(run, built.Model, cancellationToken);
        return built;
    }

    private static long PairsIn(int megabytes) =>
        (megabytes > 0 ? (long)megabytes << 20 : Math.Min(2L << 30, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4)) / LocalRidgeOptions.BytesPerPair;

    // Returns the weights that were learned with the best settings found, where any were tried on these histories.
    private async Task<BlendWeights?> TuneAsync(
        BuildRun run, Interactions interactions, ModelBuildOptions defaults, IProgress<BuildProgress> progress, CancellationToken cancellationToken)
    {
        var budget = options.Value.TuningBudget;
        if (budget == TimeSpan.Zero)
        {
            return null;
        }

        var known = SavedTuning.Read(run.State.Tuning);
        var tuning = await CalculateAsync(() => new ModelTuning(interactions, defaults, known, budget, clock), cancellationToken);
        for (var more = true; more;)
        {
            // What was tried is kept at once: whoever takes up a build that was cut off tries it no second time.
            more = await CalculateAsync(() => tuning.Next(progress, cancellationToken), cancellationToken);
            run.State.Tuning = tuning.State.ToBytes();
            await run.SaveAsync();
            run.Tell(status => status with { Stage = "Tuning", Tuning = SavedTuning.StatusOf(tuning.State) });
        }

        logger.BuildTuned(run.Tenant, tuning.State.Trials.Count, tuning.State.IsFinished, tuning.State.Best.ToString());
        return tuning.Weights;
    }

    private static Task<T> CalculateAsync<T>(Func<T> work, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(work, cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private async Task PublishAsync(BuildRun run, BuiltModel model, CancellationToken cancellationToken)
    {
        for (var pause = TimeSpan.FromSeconds(1); ; pause *= 2)
        {
            try
            {
                await blobs.WriteAsync(TrainingGrain.ModelBlob(run.Tenant), run.Version, model.Write);
                return;
            }
            catch (StoreUnavailableException) when (pause < TimeSpan.FromSeconds(1 << (PublishTries - 1)))
            {
                logger.PublishAgain(run.Tenant, run.Version, pause.TotalSeconds);
                await Task.Delay(pause, clock, cancellationToken);
            }
        }
    }

    // Progress<T> would post to the thread pool and could report after the end.
    private sealed class Reporter<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
