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
        var scale = RecurrentFactors.Encode(user, code);

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
                clusters.ScoreCentres(code, RecurrentFactors.Encode(vector, code), scores);
                own += scores[cluster];
                all += scores[..clusters.Count].Average();
            }
        }

        Assert.True(own > 2 * Math.Abs(all), $"{own} against {all}");
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
}
