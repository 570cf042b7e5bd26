using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Recurrence;

namespace Lepton.Orleans.Engine.Training;

/// <content>What is learned from histories without their ends.</content>
public static partial class ModelBuild
{
    /// <summary>The sources trained without the held-out ends, with all that a blend may choose among.</summary>
    internal sealed class Slice
    {
        private readonly HeldOut _heldOut;
        private readonly Interactions _sets;
        private readonly ModelBuildOptions _options;
        private readonly ModelBuildResult _trained;
        private readonly ItemFactors? _alternative;
        private readonly UserTable? _users;

        private Slice(HeldOut heldOut, Interactions sets, ModelBuildOptions options, ModelBuildResult trained, ItemFactors? alternative, UserTable? users) =>
            (_heldOut, _sets, _options, _trained, _alternative, _users) = (heldOut, sets, options, trained, alternative, users);

        /// <summary>Trains every source.</summary>
        public static Slice Train(HeldOut heldOut, ModelBuildOptions options, IProgress<BuildProgress>? progress, CancellationToken cancellationToken)
        {
            var stages = new Stages(progress, 0, .4, BuildStage.LearningWeights);
            var sets = heldOut.Training.Distinct();
            var trained = ModelBuild.Train(heldOut.Training, false, options, stages, cancellationToken);
            var alternative = IsDense(trained.Counts, options) ? FactorsOf(sets, true, trained.Counts, options, stages, cancellationToken) : null;
            return new Slice(heldOut, sets, options, trained, alternative, UsersOf(sets, options));
        }

        /// <summary>The same with other settings: what they do not concern is taken over, the rest is trained.</summary>
        public Slice With(ModelBuildOptions options, CancellationToken cancellationToken)
        {
            var silent = new Stages(null, 0, 1, null);
            var trained = _trained;
            if (options.RuleWindow != _options.RuleWindow || options.RuleDecay != _options.RuleDecay)
            {
                var counts = Count(_heldOut.Training, _sets, options, silent, cancellationToken);
                trained = trained with { Transitions = counts.Transitions, TransitionTotals = counts.TransitionTotals };
            }

            var model = trained.Model with { Weights = WeightsOf(options) };
            if (options.Ridge != _options.Ridge)
            {
                model = model with { Neighbourhood = LocalRidge.Build(_sets, options.Ridge, options.Parallelism, null, cancellationToken) };
            }

            if (!AreSame(options.Recurrence, _options.Recurrence))
            {
                model = model with { Recurrence = Recurrence(_heldOut.Training, options, silent, cancellationToken) };
            }

            var alternative = _alternative;
            if (options.Rank != _options.Rank)
            {
                model = model with { Factors = FactorsOf(_sets, false, trained.Counts, options, silent, cancellationToken) };
            }

            if (alternative is not null && (options.Rank != _options.Rank || options.Implicit != _options.Implicit))
            {
                alternative = FactorsOf(_sets, true, trained.Counts, options, silent, cancellationToken);
            }

            // What ends early because it was stopped is not the same as what was asked for.
            cancellationToken.ThrowIfCancellationRequested();
            return new Slice(_heldOut, _sets, options, trained with { Model = model }, alternative, _users);
        }

        // Lists in a record are compared by identity.
        private static bool AreSame(RecurrentOptions? one, RecurrentOptions? other) =>
            one is null || other is null ? one == other : one.Memories.SequenceEqual(other.Memories) && one with { Memories = other.Memories } == other;

        /// <summary>Learns the blend's weights on the held-out ends.</summary>
        public WeightLearningResult Learn(CancellationToken cancellationToken) =>
            WeightLearning.Learn(_trained.ToRankingModel() with { Users = _users }, _alternative, _heldOut, _options, cancellationToken);
    }
}
