using Lepton.Orleans.Engine.Tuning;

namespace Lepton.Orleans.Grains.Training;

/// <summary>The state of a search as it is kept in the store, and as it is shown.</summary>
internal static class SavedTuning
{
    /// <summary>Reads a state; one of another release, or a damaged one, is no reason to build nothing: then everything is searched anew.</summary>
    public static TuningState Read(byte[]? bytes)
    {
        try
        {
            return bytes is null ? TuningState.None : TuningState.FromBytes(bytes);
        }
        catch (InvalidDataException)
        {
            return TuningState.None;
        }
    }

    /// <summary>What is shown of a state; <see langword="null"/> where nothing was tried yet.</summary>
    public static TuningStatus? StatusOf(TuningState state) => state.Trials.Count == 0 ? null : new TuningStatus
    {
        IsFinished = state.IsFinished,
        Trials = state.Trials.Count,
        PositiveFeedback = state.Events,
        DefaultScore = Math.Round(state.Trials[0].Gain, 5),
        Score = Math.Round((state.Trials.FirstOrDefault(trial => trial.Knobs.Equals(state.Best)) ?? state.Trials[0]).Gain, 5),
        Settings = state.Best.Values.ToDictionary(static pair => pair.Key.ToString(), static pair => Math.Round((double)pair.Value, 4)),
    };
}
