namespace Lepton.Orleans.Grains.Training;

/// <summary>What a training grain remembers of its finished builds, and how far the one under way has come.</summary>
[GenerateSerializer, Alias("lepton.TrainingState")]
internal sealed class TrainingState
{
    /// <summary>The newest finished build; 0 before the first.</summary>
    [Id(0)] public long ModelVersion { get; set; }

    /// <summary>How long it took.</summary>
    [Id(1)] public TimeSpan Duration { get; set; }

    /// <summary>What it was made from, in a sentence.</summary>
    [Id(2)] public string Summary { get; set; } = "";

    /// <summary>Positive feedback that it was made from.</summary>
    [Id(3)] public long PositiveFeedback { get; set; }

    /// <summary>The build under way; 0 for none. A grain that finds one at its start goes on with it.</summary>
    [Id(4)] public long Running { get; set; }

    /// <summary>The weights that the build under way has learned, as <c>BlendWeights</c> writes them; half of its work.</summary>
    [Id(5)] public byte[]? Weights { get; set; }

    /// <summary>
    /// How far the search for better settings of builds has come, as <c>TuningState</c> writes it; <see langword="null"/> before the
    /// first. Builds are made with what it has found until it finds better.
    /// </summary>
    [Id(6)] public byte[]? Tuning { get; set; }

    /// <summary>How often the build under way was begun: more than once where the silo of each before ended with it.</summary>
    [Id(7)] public int Attempts { get; set; }

    /// <summary>
    /// Why the last build was given up; <see langword="null"/> where it was not. None starts by itself then: it would end silo after silo.
    /// </summary>
    [Id(8)] public string? GivenUp { get; set; }
}
