using Lepton.Orleans.Engine.LinearAlgebra;
using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Recurrence;

namespace Lepton.Orleans.Engine.Training;

/// <summary>The whole build: learn the blend's weights on the end of some histories, then train every source on all of them.</summary>
public static partial class ModelBuild
{
    /// <summary>Runs a build.</summary>
    /// <param name="interactions">Who had what, in order.</param>
    /// <param name="options">Settings; <see langword="null"/> for the defaults.</param>
    /// <param name="progress">Receives stage and share done, from the threads that do the work.</param>
    /// <param name="cancellationToken">Stops the build soon.</param>
    /// <exception cref="OperationCanceledException">The build was stopped.</exception>
    public static ModelBuildResult Run(
        Interactions interactions,
        ModelBuildOptions? options = null,
        IProgress<BuildProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var learning = Learn(interactions, options, progress, cancellationToken);
        return Train(interactions, learning?.Weights, options, progress, cancellationToken) with { Learning = learning };
    }

    /// <summary>The first half of a build: learns the blend's weights.</summary>
    /// <param name="interactions">Who had what, in order.</param>
    /// <param name="options">Settings; <see langword="null"/> for the defaults.</param>
    /// <param name="progress">Receives stage and share of the whole build done, from the threads that do the work.</param>
    /// <param name="cancellationToken">Stops the build soon.</param>
    /// <returns><see langword="null"/> where the settings say so, or too few histories are long enough.</returns>
    /// <exception cref="OperationCanceledException">The build was stopped.</exception>
    public static WeightLearningResult? Learn(
        Interactions interactions,
        ModelBuildOptions? options = null,
        IProgress<BuildProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(interactions);
        options ??= new ModelBuildOptions();
        if (!options.LearnWeights || HeldOut.Split(interactions, options.Learning, options.Seed, options.OrderAware) is not { } heldOut)
        {
            return null;
        }

        return Slice.Train(heldOut, options, progress, cancellationToken).Learn(cancellationToken);
    }

    /// <summary>The second half of a build: trains every source on all histories.</summary>
    /// <param name="interactions">Who had what, in order.</param>
    /// <param name="weights">What the first half has learned; <see langword="null"/>: the weights of the settings.</param>
    /// <param name="options">Settings; <see langword="null"/> for the defaults.</param>
    /// <param name="progress">Receives stage and share of the whole build done, from the threads that do the work.</param>
    /// <param name="cancellationToken">Stops the build soon.</param>
    /// <exception cref="OperationCanceledException">The build was stopped.</exception>
    public static ModelBuildResult Train(
        Interactions interactions,
        BlendWeights? weights,
        ModelBuildOptions? options = null,
        IProgress<BuildProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(interactions);
        var start = weights is null ? 0 : .5;
        options ??= new ModelBuildOptions();
        var built = Train(interactions, (weights ?? options.Weights).EmbeddingIsImplicit, options, new Stages(progress, start, 1 - start, null), cancellationToken);
        progress?.Report(new BuildProgress(BuildStage.Finished, 1));
        var used = weights ?? built.Model.Weights;
        var users = used.UserNeighbourhood == 0f ? null : UsersOf(interactions.Distinct(), options);
        return built with { Model = built.Model with { Weights = used, Users = users } };
    }

    /// <summary>What a build counts, and nothing of what it solves.</summary>
    /// <param name="interactions">Who had what, in order.</param>
    /// <param name="options">Settings; <see langword="null"/> for the defaults.</param>
    /// <param name="progress">Receives stage and share of the whole build done, from the threads that do the work.</param>
    /// <param name="cancellationToken">Stops the count soon.</param>
    /// <exception cref="OperationCanceledException">The count was stopped.</exception>
    public static ExactCounts Count(
        Interactions interactions,
        ModelBuildOptions? options = null,
        IProgress<BuildProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(interactions);
        return Count(interactions, interactions.Distinct(), options ?? new ModelBuildOptions(), new Stages(progress, 0, 10, null), cancellationToken);
    }

    private static ExactCounts Count(Interactions interactions, Interactions sets, ModelBuildOptions options, Stages stages, CancellationToken cancellationToken)
    {
        var transitions = TransitionCounts.Count(
            interactions,
            options.CounterCapacity,
            options.RuleWindow,
            options.RuleDecay,
            parallelism: options.Parallelism,
            progress: stages.Of(BuildStage.Counting, .05),
            cancellationToken: cancellationToken);
        var coOccurrence = options.OrderAware
            ? TransitionCounts.Count(
                interactions,
                options.CounterCapacity,
                EventPairs.DefaultCoOccurrenceWindow,
                EventPairs.DefaultCoOccurrenceDecay,
                EventPairs.DefaultBackwardShare,
                options.Parallelism,
                stages.Of(BuildStage.Counting, .05),
                cancellationToken)
            : CoOccurrenceCounts.Count(
                sets,
                options.CounterCapacity,
                parallelism: options.Parallelism,
                progress: stages.Of(BuildStage.Counting, .05),
                cancellationToken: cancellationToken);
        return new ExactCounts
        {
            Transitions = transitions.Rows,
            TransitionTotals = transitions.Totals,
            CoOccurrence = coOccurrence.Rows,
            Counts = sets.CountItems(),
        };
    }

    private static ModelBuildResult Train(Interactions interactions, bool isImplicit, ModelBuildOptions options, Stages stages, CancellationToken cancellationToken)
    {
        // One of the threads is its own: it takes about as long as all the others together, and needs nothing of them.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var recurrent = options is { Parallelism: > 1, OrderAware: true, Recurrence: not null } ? Task.Run(() => Recurrence(interactions, options, stages, stop.Token), stop.Token) : null;
        try
        {
            var left = recurrent is null ? options : options with { Parallelism = options.Parallelism - 1 };
            var sources = TrainOthers(interactions, isImplicit, left, stages, cancellationToken);
            var recurrence = recurrent is null ? Recurrence(interactions, options, stages, cancellationToken) : recurrent.GetAwaiter().GetResult();
            cancellationToken.ThrowIfCancellationRequested();
            return sources with { Model = sources.Model with { Recurrence = recurrence } };
        }
        finally
        {
            stop.Cancel();
            recurrent?.ContinueWith(static _ => { }, TaskScheduler.Default).Wait(CancellationToken.None);
        }
    }

    private static RecurrentFactors? Recurrence(Interactions interactions, ModelBuildOptions options, Stages stages, CancellationToken cancellationToken) =>
        options is { OrderAware: true, Recurrence: { } settings }
            ? RecurrentTraining.Build(interactions, settings, options.Seed, stages.Of(BuildStage.Recurrence, .4), cancellationToken)
            : null;

    private static ModelBuildResult TrainOthers(Interactions interactions, bool isImplicit, ModelBuildOptions options, Stages stages, CancellationToken cancellationToken)
    {
        var sets = interactions.Distinct();
        var counts = Count(interactions, sets, options, stages, cancellationToken);
        var neighbourhood = LocalRidge.Build(
            sets,
            options.Ridge,
            options.Parallelism,
            stages.Of(BuildStage.Neighbourhoods, .25),
            cancellationToken);
        var factors = FactorsOf(sets, isImplicit, counts.Counts, options, stages, cancellationToken);
        return new ModelBuildResult
        {
            Model = new BuiltModel
            {
                ItemCount = interactions.ItemCount,
                Neighbourhood = neighbourhood,
                Factors = factors,
                Weights = WeightsOf(options),
                Knobs = options.Knobs,
            },
            Transitions = counts.Transitions,
            TransitionTotals = counts.TransitionTotals,
            CoOccurrence = counts.CoOccurrence,
            Counts = counts.Counts,
        };
    }

    private static BlendWeights WeightsOf(ModelBuildOptions options) => options.OrderAware ? options.Weights : options.Weights.WithoutOrder();

    private static ItemFactors? FactorsOf(Interactions sets, bool isImplicit, float[] counts, ModelBuildOptions options, Stages stages, CancellationToken cancellationToken)
    {
        if (sets.Items.Length == 0)
        {
            return null;
        }

        var rank = options.RankFor(counts.Count(static count => count > 0));
        return isImplicit && options.Implicit is { } settings
            ? ImplicitFactorisation.Build(
                sets,
                settings with { Dimensions = Math.Clamp(rank / TallMatrix.Tile * TallMatrix.Tile, TallMatrix.Tile, settings.Dimensions) },
                options.Seed,
                options.Parallelism,
                stages.Of(BuildStage.Factors, .25),
                cancellationToken)
            : NormalisedSvd.Build(
                sets,
                rank,
                options.PowerIterations,
                options.Seed,
                options.Parallelism,
                stages.Of(BuildStage.Factors, .25),
                cancellationToken);
    }

    private static UserTable? UsersOf(Interactions sets, ModelBuildOptions options) =>
        options.UserEvents == 0 ? null : UserSample.Draw(sets, options.UserEvents, options.Seed);

    internal static bool IsDense(float[] counts, ModelBuildOptions options) =>
        options.Implicit is { } settings && counts.Where(static count => count > 0).DefaultIfEmpty().Average() >= settings.MinimumDensity;

    /// <summary>Maps the progress of the stages, which may run side by side, onto a part of the whole build.</summary>
    private sealed class Stages(IProgress<BuildProgress>? whole, double from, double share, BuildStage? name)
    {
        private readonly Lock _gate = new();
        private double _done;

        /// <summary>A stage that is so much of this part.</summary>
        public IProgress<double>? Of(BuildStage stage, double weight) => whole is null ? null : new Stage(this, name ?? stage, weight);

        private void Report(BuildStage stage, double more)
        {
            // Told while nobody else can tell: the share then never falls.
            lock (_gate)
            {
                _done = Math.Min(1, _done + more);
                whole!.Report(new BuildProgress(stage, from + (share * _done)));
            }
        }

        private sealed class Stage(Stages stages, BuildStage stage, double weight) : IProgress<double>
        {
            private double _reported;

            public void Report(double value)
            {
                lock (stages._gate)
                {
                    var more = Math.Max(0, value - _reported);
                    _reported += more;
                    stages.Report(stage, more * weight);
                }
            }
        }
    }
}
