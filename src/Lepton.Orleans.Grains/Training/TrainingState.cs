namespace Lepton.Orleans.Grains.Training;

/// <summary>What a training grain remembers of its finished builds.</summary>
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
}
