using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Tests.Recurrence;

namespace Lepton.Orleans.Engine.Tests.Ranking;

/// <summary>Models with every kind of gap: empty rows, sources shorter than the catalogue, neighbours beyond it, weights of zero.</summary>
internal static class RandomModels
{
    public static Gen<RankingModel> Models { get; } = Gen.Choose(0, int.MaxValue - 1).Select(Create);

    public static RankingModel Create(int seed)
    {
        var random = new Random(seed);
        var n = random.Next(2, 120);
        var factors = random.Next(4) == 0 ? null : Factors(random, random.Next(1, n + 1), random.Next(1, 9));
        float Weight() => random.Next(4) == 0 ? 0f : .1f + random.NextSingle();
        float Exponent() => random.Next(3) / 2f;
        return new RankingModel
        {
            ItemCount = n,
            Transitions = Table(random, n, false),
            TransitionTotals = Values(random, random.Next(n + 1), 1f),
            CoOccurrence = Table(random, n, false),
            Counts = Values(random, random.Next(n + 1), 0f),
            Trending = Values(random, random.Next(n + 1), 0f),
            Neighbourhood = Table(random, n, true),
            Factors = factors,
            Recurrence = random.Next(3) == 0 ? null : RandomRecurrence.Create(random, random.Next(1, n + 1), 4 * random.Next(1, 5), random.Next(1, 4)),
            Users = random.Next(3) == 0 ? null : Users(random, n),
            Weights = new BlendWeights
            {
                UserNeighbourhood = Weight(),
                Transitions = Weight(),
                CoOccurrence = Weight(),
                Neighbourhood = Weight(),
                Embedding = Weight(),
                Recurrence = Weight(),
                Trending = Weight(),
                Popular = Weight(),
                TransitionRecency = Exponent(),
                CoOccurrenceRecency = Exponent(),
                NeighbourhoodRecency = Exponent(),
                EmbeddingRecency = Exponent(),
                EmbeddingHistoryExponent = Exponent(),
            },
        };
    }

    public static int[] History(RankingModel model, int seed) =>
        Enumerable.Range(0, model.ItemCount + 5).OrderBy(i => HashCode.Combine(i, seed)).Take(new Random(seed).Next(12)).ToArray();

    public static ulong[] Eligible(int itemCount, Func<int, bool> eligible)
    {
        var words = new ulong[(itemCount + 63) / 64];
        for (var item = 0; item < itemCount; item++)
        {
            words[item >> 6] |= eligible(item) ? 1UL << (item & 63) : 0;
        }

        return words;
    }

    private static ItemFactors Factors(Random random, int count, int rank) =>
        new(rank, Enumerable.Range(0, count * rank).Select(_ => random.NextSingle() - .5f).ToArray(), Values(random, count, .1f));

    private static UserTable Users(Random random, int n)
    {
        var histories = Enumerable.Range(0, random.Next(60))
            .Select(_ => Enumerable.Range(0, n).OrderBy(_ => random.Next()).Take(random.Next(1, 30)).ToArray())
            .ToArray();
        return new UserTable([0, .. histories.Select((_, user) => histories.Take(user + 1).Sum(h => h.Length))], [.. histories.SelectMany(h => h)]);
    }

    private static float[] Values(Random random, int length, float least) =>
        Enumerable.Range(0, length).Select(_ => random.Next(4) == 0 ? least : least + random.Next(1, 1000) / 10f).ToArray();

    private static NeighbourTable Table(Random random, int n, bool signed) => NeighbourTable.From(Enumerable.Range(0, n + 3)
        .Where(_ => random.Next(4) > 0)
        .Select(row =>
        {
            var items = Enumerable.Range(0, n + 4).Where(i => i != row).OrderBy(_ => random.Next()).Take(random.Next(100)).ToArray();
            var weights = items.Select(_ => random.NextSingle() * 2f - (signed ? .5f : 0f)).OrderDescending().ToArray();
            return new NeighbourRow(row, items, weights);
        }).ToArray());
}
