namespace Lepton.Orleans.Grains.Learning;

/// <summary>The vectors that a learner has changed after a version, as replicas take them over.</summary>
[GenerateSerializer, Immutable, Alias("lepton.LearnedRows")]
internal sealed record LearnedRows
{
    /// <summary>Who counts the versions; another learner, or the same one on another build, counts anew.</summary>
    [Id(0)] public Guid Epoch { get; init; }

    /// <summary>The build that they go on from; 0 where there is none, −1 while the learner is not ready.</summary>
    [Id(1)] public long Build { get; init; } = -1;

    /// <summary>The version when the page was made; who has read all pages has the version of the first.</summary>
    [Id(2)] public long Version { get; init; }

    /// <summary>Where the next page begins; −1 after the last.</summary>
    [Id(3)] public int Next { get; init; } = -1;

    /// <summary>How many events the learner has learned from since that build.</summary>
    [Id(4)] public long Events { get; init; }

    /// <summary>The rows, as <see cref="Engine.Recurrence.RecurrentRows.ToBytes"/> writes them; empty where nothing has changed.</summary>
    [Id(5)] public byte[] Rows { get; init; } = [];

    /// <summary>
    /// The weights of the blend that suit what came since the build, as <see cref="Engine.Ranking.BlendWeights.ToBytes"/> writes them;
    /// <see langword="null"/> where those of the build do.
    /// </summary>
    [Id(6)] public byte[]? Weights { get; init; }
}
