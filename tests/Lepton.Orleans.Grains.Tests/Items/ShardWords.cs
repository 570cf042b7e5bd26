using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Tests.Clusters;

namespace Lepton.Orleans.Grains.Tests.Items;

/// <summary>The counters of a tenant's shards in words, so that two tenants can be compared.</summary>
internal static class ShardWords
{
    /// <summary>All counters, to three digits; what trends, which goes by the second, to two.</summary>
    public static async Task<string[]> OfAsync(LeptonCluster cluster, string tenant)
    {
        var words = new List<string>();
        for (var shard = 0; shard < IItemShardGrain.Shards; shard++)
        {
            var rows = await cluster.Grains.GetGrain<IItemShardGrain>($"{tenant}/{shard}").GetRowsAsync(Guid.Empty, -1, 0, 100);
            for (var i = 0; i < rows.Rows.Length; i++)
            {
                var (rules, pairs) = (rows.Rules(i), rows.Pairs(i));
                words.Add(FormattableString.Invariant($"{rows.Rows[i]}: {rows.Counts[i]:0.###} users, {rows.RuleTotals[i]:0.###} after, trend {rows.Trending[i]:0.##}"));
                words.AddRange(rows.Items[rules].Zip(rows.Weights[rules], (item, weight) => FormattableString.Invariant($"{rows.Rows[i]} > {item}: {weight:0.###}")).Order());
                words.AddRange(rows.Items[pairs].Zip(rows.Weights[pairs], (item, weight) => FormattableString.Invariant($"{rows.Rows[i]} + {item}: {weight:0.###}")).Order());
            }
        }

        return [.. words];
    }
}
