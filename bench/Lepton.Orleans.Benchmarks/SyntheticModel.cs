using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Benchmarks;

/// <summary>Models and histories with popularity as skewed as catalogues have it, from a seed.</summary>
internal static class SyntheticModel
{
    public static RankingModel Create(int items, int rowLength = 100, int rank = 64)
    {
        var random = new Random(1);
        var counts = Enumerable.Range(0, items).Select(i => 1f + 10_000f / (i + 1)).ToArray();
        return new RankingModel
        {
            ItemCount = items,
            Transitions = Table(random, items, rowLength),
            TransitionTotals = counts,
            CoOccurrence = Table(random, items, rowLength),
            Counts = counts,
            Trending = counts,
            Neighbourhood = Table(random, items, rowLength),
            Factors = new ItemFactors(
                rank,
                Enumerable.Range(0, items * rank).Select(_ => random.NextSingle() - .5f).ToArray(),
                Array.ConvertAll(counts, c => 1f / c)),
            Weights = BlendWeights.AfterBuild,
        }.Prepare();
    }

    public static int[][] Histories(int items, int count, int length)
    {
        var random = new Random(2);
        return Enumerable.Range(0, count)
            .Select(_ => Enumerable.Range(0, 10 * length).Select(_ => Skewed(random, items)).Distinct().Take(length).ToArray())
            .ToArray();
    }

    public static Interactions Interactions(int users, int items, int length) =>
        Engine.Training.Interactions.From(Histories(items, users, length), items);

    public static ulong[] Everything(int items)
    {
        var eligible = new ulong[(items + 63) / 64];
        Array.Fill(eligible, ulong.MaxValue);
        return eligible;
    }

    private static NeighbourTable Table(Random random, int items, int length) => NeighbourTable.From(Enumerable.Range(0, items)
        .Select(row =>
        {
            var neighbours = Enumerable.Range(0, length).Select(_ => Skewed(random, items)).Distinct().ToArray();
            return new NeighbourRow(row, neighbours, neighbours.Select((_, i) => 1f / (i + 1)).ToArray());
        })
        .ToArray());

    private static int Skewed(Random random, int items) => (int)(items * Math.Pow(random.NextDouble(), 2));
}
