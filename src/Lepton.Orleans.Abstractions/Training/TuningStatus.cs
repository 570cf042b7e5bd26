namespace Lepton.Orleans;

/// <summary>What the search for settings of builds that suit the data has found.</summary>
[GenerateSerializer, Immutable, Alias("lepton.TuningStatus")]
public sealed record TuningStatus
{
    /// <summary>Whether it has ended; if not, the next build goes on with it.</summary>
    [Id(0)] public bool IsFinished { get; init; }

    /// <summary>How many settings were tried on the newest data.</summary>
    [Id(1)] public int Trials { get; init; }

    /// <summary>How much positive feedback they were tried on.</summary>
    [Id(2)] public long PositiveFeedback { get; init; }

    /// <summary>Recall@20 + NDCG@20 on the held-out ends of histories with the default settings.</summary>
    [Id(3)] public double DefaultScore { get; init; }

    /// <summary>The same with the best settings found, which builds are made with.</summary>
    [Id(4)] public double Score { get; init; }

    /// <summary>Of those the ones that differ from the defaults.</summary>
    [Id(5)] public IReadOnlyDictionary<string, double> Settings { get; init; } = new Dictionary<string, double>();
}
