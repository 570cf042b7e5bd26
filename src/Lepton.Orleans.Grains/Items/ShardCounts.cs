namespace Lepton.Orleans.Grains.Items;

/// <summary>Exactly counted rows of a shard, out of all users' histories.</summary>
[GenerateSerializer, Immutable, Alias("lepton.ShardCounts")]
internal sealed record ShardCounts
{
    /// <summary>The items.</summary>
    [Id(0)] public required int[] Rows { get; init; }

    /// <summary>Per row: items that come after it.</summary>
    [Id(1)] public required int[][] RuleItems { get; init; }

    /// <summary>Per row: their counts.</summary>
    [Id(2)] public required float[][] RuleWeights { get; init; }

    /// <summary>Per row: the sum of all counts.</summary>
    [Id(3)] public required float[] RuleTotals { get; init; }

    /// <summary>Per row: items beside it.</summary>
    [Id(4)] public required int[][] PairItems { get; init; }

    /// <summary>Per row: their counts.</summary>
    [Id(5)] public required float[][] PairWeights { get; init; }

    /// <summary>Per row: users with positive feedback.</summary>
    [Id(6)] public required float[] Counts { get; init; }

    /// <summary>The popularity counters of the shard, as <c>DecayedCounter</c> writes them; item number / shards is the index there.</summary>
    [Id(7)] public required byte[] Popularity { get; init; }
}
