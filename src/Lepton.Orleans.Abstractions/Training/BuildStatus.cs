namespace Lepton.Orleans;

/// <summary>How far a build is.</summary>
[GenerateSerializer, Immutable, Alias("lepton.BuildStatus")]
public sealed record BuildStatus
{
    /// <summary>What is going on.</summary>
    [Id(0)] public BuildState State { get; init; }

    /// <summary>The stage's name, such as <c>Neighbourhoods</c>; empty before the first build.</summary>
    [Id(1)] public string Stage { get; init; } = "";

    /// <summary>The part done, 0 to 1, over all stages.</summary>
    [Id(2)] public double Progress { get; init; }

    /// <summary>The newest finished build; 0 before the first.</summary>
    [Id(3)] public long ModelVersion { get; init; }

    /// <summary>How long the last finished build took.</summary>
    [Id(4)] public TimeSpan Duration { get; init; }

    /// <summary>Why the last build failed; empty otherwise.</summary>
    [Id(5)] public string Error { get; init; } = "";

    /// <summary>Users, items and positive feedback that the last finished build was made from.</summary>
    [Id(6)] public string Summary { get; init; } = "";

    /// <summary>What the search for better settings has found; <see langword="null"/> where there was none.</summary>
    [Id(7)] public TuningStatus? Tuning { get; init; }
}
