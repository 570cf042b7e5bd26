namespace Lepton.Orleans.Grains.Items;

/// <summary>
/// A page of a shard's rows: those that changed after a version, as replicas take them over, or those that a build has counted.
/// </summary>
[GenerateSerializer, Immutable, Alias("lepton.ShardRows")]
internal sealed record ShardRows
{
    /// <summary>So many neighbours a page has at the most: its arrays stay off the large object heap.</summary>
    public const int MaxLength = 20_000;

    /// <summary>The activation that counts the versions; another one counts anew.</summary>
    [Id(0)] public Guid Epoch { get; init; }

    /// <summary>The version when the page was made; who has read all pages has the version of the first.</summary>
    [Id(1)] public long Version { get; init; }

    /// <summary>Where the next page begins; -1 after the last.</summary>
    [Id(2)] public int Next { get; init; }

    /// <summary>The items whose rows follow.</summary>
    [Id(3)] public int[] Rows { get; init; } = [];

    /// <summary>Per row: where its items in <see cref="Items"/> end, and among them those that come after it.</summary>
    [Id(13)] public (int Rules, int All)[] Ends { get; init; } = [];

    /// <summary>Row by row: items that come after it, best first; items beside it, best first.</summary>
    [Id(14)] public int[] Items { get; init; } = [];

    /// <summary>Their counts.</summary>
    [Id(15)] public float[] Weights { get; init; } = [];

    /// <summary>Per row: the sum of all counts of items after it, evicted ones too.</summary>
    [Id(6)] public float[] RuleTotals { get; init; } = [];

    /// <summary>Per row: users with positive feedback.</summary>
    [Id(9)] public float[] Counts { get; init; } = [];

    /// <summary>Per row: popularity decayed to <see cref="TrendingAsOf"/>.</summary>
    [Id(10)] public float[] Trending { get; init; } = [];

    /// <summary>The time that <see cref="Trending"/> is decayed to.</summary>
    [Id(11)] public DateTime TrendingAsOf { get; init; }

    /// <summary>Whether a crash has cost the shard counts that only a build brings back.</summary>
    [Id(12)] public bool IsIncomplete { get; init; }

    /// <summary>Where in <see cref="Items"/> the items after a row's item stand.</summary>
    public Range Rules(int index) => (index == 0 ? 0 : Ends[index - 1].All)..Ends[index].Rules;

    /// <summary>Where in <see cref="Items"/> the items beside a row's item stand.</summary>
    public Range Pairs(int index) => Ends[index].Rules..Ends[index].All;
}
