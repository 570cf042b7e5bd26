using System.Globalization;
using System.Text.Json.Serialization;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Training;
using Lepton.Orleans.Engine.Tuning;

namespace Lepton.Orleans.Cli.Evaluate;

/// <summary>What a search for settings has found on the training part, as printed: scores are recall + NDCG on its held-out ends.</summary>
internal sealed record TuningReport(int Trials, bool Finished, double DefaultScore, double Score, IReadOnlyDictionary<string, double> Settings, double Seconds)
{
    /// <summary>The settings found.</summary>
    [JsonIgnore]
    public Knobs Best { get; private init; } = Knobs.None;

    /// <summary>The weights that were learned with them; <see langword="null"/> where too few histories are long enough for a search.</summary>
    [JsonIgnore]
    public BlendWeights? Weights { get; private init; }

    /// <summary>Searches, and tells every trial.</summary>
    /// <param name="training">What may be learned from.</param>
    /// <param name="options">The settings to start from.</param>
    /// <param name="budget">How long trials may go on after the first.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="trials">Where every trial is told.</param>
    /// <param name="times">When each of the items came, where that is known.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    public static TuningReport Run(
        Interactions training,
        ModelBuildOptions options,
        TimeSpan budget,
        TimeProvider clock,
        TextWriter trials,
        DateTime[]? times,
        CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        var tuning = new ModelTuning(training, options, known: null, budget, clock, times);
        for (var (more, told) = (true, 0); more;)
        {
            more = tuning.Next(progress: null, cancellationToken);
            if (told == 0)
            {
                foreach (var trial in tuning.HalfLives)
                {
                    trials.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.GetElapsedTime(start).TotalSeconds,7:F0} s {trial.Gain:F4}   popularity alone, half-life {trial.HalfLife.TotalHours:0.###} h"));
                }
            }

            for (; told < tuning.State.Trials.Count; told++)
            {
                var trial = tuning.State.Trials[told];
                trials.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{clock.GetElapsedTime(start).TotalSeconds,7:F0} s {(trial.Weights is null ? "cut   " : $"{trial.Gain:F4}")} {(trial == tuning.State.BestTrial ? '*' : ' ')} {trial.Knobs}"));
            }
        }

        var state = tuning.State;
        return new TuningReport(
            state.Trials.Count,
            state.IsFinished,
            ScoreOf(state.Trials is [var first, ..] ? first : null),
            ScoreOf(state.BestTrial),
            state.Best.Values.ToDictionary(static pair => pair.Key.ToString(), static pair => Math.Round((double)pair.Value, 4)),
            Math.Round(clock.GetElapsedTime(start).TotalSeconds, 2))
        {
            Best = state.Best,
            Weights = tuning.Weights,
        };
    }

    public void WriteText(TextWriter output) => output.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"tuned in {Seconds:F0} s, {Trials} trials{(Finished ? "" : " (there are more)")}, on held-out ends: {DefaultScore:F4} → {Score:F4} with {Best}"));

    private static double ScoreOf(TuningTrial? trial) => Math.Round(trial?.Gain ?? 0, 5);
}
