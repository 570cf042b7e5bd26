using Lepton.Orleans.Engine.LinearAlgebra;
using Lepton.Orleans.Engine.Recurrence;

namespace Lepton.Orleans.Engine.Tests.Recurrence;

public sealed class VectorClustersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(500)]
    [InlineData(6000)]
    public void Every_vector_with_a_scale_is_in_one_place_of_one_cluster_and_scores_there_what_it_scores(int items)
    {
        var factors = RandomRecurrence.Clustered(new Random(3), items, 64, 20);
        var clusters = VectorClusters.Of(factors.Outputs, factors.OutputScales, factors.Biases);
        var user = Enumerable.Range(0, 64).Select(d => MathF.Sin(d)).ToArray();
        var code = new int[32];
        var scale = ByteVectors.Encode(user, code);

        var seen = new List<int>();
        for (var cluster = 0; cluster < clusters.Count; cluster++)
        {
            var (first, end) = clusters.BlocksOf(cluster);
            for (var block = first; block < end; block++)
            {
                var scores = clusters.Vectors.Score(code, scale, block);
                for (var place = 0; place < VectorBlocks.Size; place++)
                {
                    var item = clusters.ItemsOf(block)[place];
                    Assert.Equal(item < 0 ? float.NegativeInfinity : factors.Score(code, scale, item), scores[place], 1e-4f);
                    seen.Add(item);
                }
            }
        }

        Assert.Equal(Enumerable.Range(0, items).Where(item => factors.OutputScales[item] > 0), seen.Where(item => item >= 0).Order());
    }

    [Fact]
    public void Clusters_follow_where_vectors_point_and_are_the_same_every_time()
    {
        var factors = RandomRecurrence.Clustered(new Random(4), 4000, 64, 8);
        var clusters = VectorClusters.Of(factors.Outputs, factors.OutputScales, factors.Biases);
        var again = VectorClusters.Of(factors.Outputs, factors.OutputScales, factors.Biases);

        // What belongs together is nearer to its own centre than to the mean of all.
        var code = new int[32];
        var scores = new float[clusters.Count + VectorBlocks.Size];
        var own = 0d;
        var all = 0d;
        for (var cluster = 0; cluster < clusters.Count; cluster++)
        {
            var (first, end) = clusters.BlocksOf(cluster);
            Assert.Equal((first, end), again.BlocksOf(cluster));
            foreach (var item in Enumerable.Range(first, end - first).SelectMany(block => clusters.ItemsOf(block).ToArray()).Where(item => item >= 0))
            {
                var vector = factors.Outputs.AsSpan(item * 64, 64).ToArray().Select(x => x * factors.OutputScales[item]).ToArray();
                clusters.ScoreCentres(code, ByteVectors.Encode(vector, code), scores);
                own += scores[cluster];
                all += scores[..clusters.Count].Average();
            }
        }

        Assert.True(own > 2 * Math.Abs(all), $"{own} against {all}");
    }

    [Fact]
    public void What_has_changed_and_what_is_new_is_in_the_cluster_it_points_to_and_the_rest_stays()
    {
        var random = new Random(9);
        var before = RandomRecurrence.Clustered(random, 3000, 64, 12);
        var after = RandomRecurrence.Clustered(random, 3200, 64, 12);
        before.Outputs.CopyTo(after.Outputs, 0);
        before.OutputScales.CopyTo(after.OutputScales, 0);
        int[] changed = [7, 8, 7, 2999];
        foreach (var item in changed)
        {
            // It points where another one does.
            after.Outputs.AsSpan((item - 3) * 64, 64).CopyTo(after.Outputs.AsSpan(item * 64));
            after.OutputScales[item - 3] = after.OutputScales[item] = 1f / 500;
        }

        int[] given = [.. changed, .. changed.Select(item => item - 3), .. Enumerable.Range(3000, 200)];
        var first = VectorClusters.Of(before.Outputs, before.OutputScales, before.Biases);

        var second = first.With(after.Outputs, after.OutputScales, after.Biases, given);

        var (was, now) = (ClusterOf(first, 3200), ClusterOf(second, 3200));
        Assert.Equal(first.Count, second.Count);
        Assert.All(Enumerable.Range(0, 3200), item => Assert.Equal(after.OutputScales[item] > 0, now[item] >= 0));
        Assert.All(Enumerable.Range(0, 3000).Except(given), item => Assert.Equal(was[item], now[item]));
        Assert.All(changed, item => Assert.Equal(now[item - 3], now[item]));
    }

    [Fact]
    public void When_there_are_many_more_vectors_they_are_grouped_anew()
    {
        var few = RandomRecurrence.Clustered(new Random(10), 500, 64, 12);
        var many = RandomRecurrence.Clustered(new Random(11), 5000, 64, 12);
        var clusters = VectorClusters.Of(few.Outputs, few.OutputScales, few.Biases);

        Assert.True(clusters.With(many.Outputs, many.OutputScales, many.Biases, Enumerable.Range(0, 5000)).Count > 2 * clusters.Count);
    }

    [Fact]
    public void Moments_are_those_of_the_logits_of_what_has_a_scale()
    {
        var random = new Random(8);
        var factors = RandomRecurrence.Create(random, 3000, 64, 2);
        var clusters = VectorClusters.Of(factors.Outputs, factors.OutputScales, factors.Biases);
        var user = Enumerable.Range(0, 64).Select(_ => random.NextSingle() - .5f).ToArray();
        var logits = Enumerable.Range(0, 3000)
            .Where(item => factors.OutputScales[item] > 0)
            .Select(item => factors.Biases[item] + Enumerable.Range(0, 64).Sum(d => (double)user[d] * factors.Outputs[(item * 64) + d] * factors.OutputScales[item]))
            .ToArray();

        var (mean, variance) = clusters.LogitMoments(user);

        var expected = logits.Average();
        Assert.Equal(expected, mean, 1e-3);
        Assert.Equal(1, variance / logits.Average(logit => (logit - expected) * (logit - expected)), .05);
    }

    private static int[] ClusterOf(VectorClusters clusters, int items)
    {
        var result = Enumerable.Repeat(-1, items).ToArray();
        for (var cluster = 0; cluster < clusters.Count; cluster++)
        {
            var (first, end) = clusters.BlocksOf(cluster);
            foreach (var item in Enumerable.Range(first, end - first).SelectMany(block => clusters.ItemsOf(block).ToArray()).Where(item => item >= 0))
            {
                result[item] = cluster;
            }
        }

        return result;
    }
}
