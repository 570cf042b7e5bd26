using Lepton.Orleans.Engine.Ranking;

namespace Lepton.Orleans.Engine.Training;

/// <summary>The whole build: learn the blend's weights on the end of some histories, then train every source on all of them.</summary>
public static class ModelBuild
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
        if (!options.LearnWeights || HeldOut.Split(interactions, options.Learning, options.Seed) is not { } heldOut)
        {
            return null;
        }

        var trained = Train(heldOut.Training, options, new Stages(progress, 0, .4, BuildStage.LearningWeights), cancellationToken);
        return WeightLearning.Learn(trained.ToRankingModel(), heldOut, options, cancellationToken);
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
        var built = Train(interactions, options ?? new ModelBuildOptions(), new Stages(progress, start, 1 - start, null), cancellationToken);
        progress?.Report(new BuildProgress(BuildStage.Finished, 1));
        return built with { Model = built.Model with { Weights = weights ?? built.Model.Weights } };
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
        return Count(interactions, options ?? new ModelBuildOptions(), new Stages(progress, 0, 10, null), cancellationToken);
    }

    private static ExactCounts Count(Interactions interactions, ModelBuildOptions options, Stages stages, CancellationToken cancellationToken)
    {
        var transitions = TransitionCounts.Count(
            interactions,
            options.CounterCapacity,
            options.RuleWindow,
            options.RuleDecay,
            options.BackwardRules,
            options.Parallelism,
            stages.Of(BuildStage.Counting, 0, .05),
            cancellationToken);
        var coOccurrence = CoOccurrenceCounts.Count(
            interactions,
            options.CounterCapacity,
            options.CoOccurrenceWindow,
            parallelism: options.Parallelism,
            progress: stages.Of(BuildStage.Counting, .05, .05),
            cancellationToken: cancellationToken);
        return new ExactCounts
        {
            Transitions = transitions.Rows,
            TransitionTotals = transitions.Totals,
            CoOccurrence = coOccurrence.Rows,
            Counts = interactions.CountItems(),
        };
    }

    private static ModelBuildResult Train(Interactions interactions, ModelBuildOptions options, Stages stages, CancellationToken cancellationToken)
    {
        var counts = Count(interactions, options, stages, cancellationToken);
        var neighbourhood = LocalRidge.Build(
            interactions,
            options.Ridge,
            options.Parallelism,
            stages.Of(BuildStage.Neighbourhoods, .1, .5),
            cancellationToken);
        var factors = interactions.Items.Length == 0
            ? null
            : NormalisedSvd.Build(
                interactions,
                options.Rank,
                options.PowerIterations,
                options.Seed,
                options.Parallelism,
                stages.Of(BuildStage.Factors, .6, .4),
                cancellationToken);
        return new ModelBuildResult
        {
            Model = new BuiltModel
            {
                ItemCount = interactions.ItemCount,
                Neighbourhood = neighbourhood,
                Factors = factors,
                Weights = options.OrderAware ? options.Weights : options.Weights.WithoutOrder(),
            },
            Transitions = counts.Transitions,
            TransitionTotals = counts.TransitionTotals,
            CoOccurrence = counts.CoOccurrence,
            Counts = counts.Counts,
        };
    }

    /// <summary>Maps the progress of the stages onto a part of the whole build.</summary>
    private sealed class Stages(IProgress<BuildProgress>? whole, double from, double share, BuildStage? name)
    {
        public Stage? Of(BuildStage stage, double stageFrom, double stageShare) =>
            whole is null ? null : new Stage(whole, name ?? stage, from + share * stageFrom, share * stageShare);
    }

    private sealed class Stage(IProgress<BuildProgress> whole, BuildStage stage, double from, double share) : IProgress<double>
    {
        public void Report(double value) => whole.Report(new BuildProgress(stage, from + share * value));
    }
}
