using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using Lepton.Orleans.Engine.LinearAlgebra;

namespace Lepton.Orleans.Engine.Recurrence;

/// <summary>
/// Vectors grouped by where they point, about √n groups of n, found by k-means: what a user's vector scores highest is looked
/// for in the few groups whose centres it scores highest, instead of everywhere (the inverted file of Sivic &amp; Zisserman,
/// "Video Google", 2003).
/// </summary>
internal sealed class VectorClusters
{
    private const int Rounds = 6;
    private const int SamplesPerCluster = 64;

    // Vectors that are learned move, and new ones come: groups stay good until there are so many times as many.
    private const int GrowthLimit = 2;

    private readonly float[] _places;
    private readonly VectorBlocks _centres;
    private readonly int[] _firstBlocks;
    private readonly int[] _items;

    private readonly Summary _summary;
    private readonly int _grouped;

    private VectorClusters(float[] places, Search search, int[] known, int[] assigned, float[] biases, Summary? summary, int grouped)
    {
        _places = places;
        _grouped = grouped;
        _summary = summary ?? search.Summarise(known, biases);
        _centres = Search.Blocks(places, search.Dimensions, isDistance: false);
        (_firstBlocks, _items) = Arrange(known, assigned, places.Length / search.Dimensions);
        Vectors = search.Arranged(_items, biases);
    }

    /// <summary>The vectors, group after group; each group begins with a block of its own.</summary>
    public VectorBlocks Vectors { get; }

    /// <summary>How many groups there are.</summary>
    public int Count => _firstBlocks.Length - 1;

    /// <summary>Groups the vectors that have a scale.</summary>
    /// <param name="vectors">The vectors, row-major, in units of their scales.</param>
    /// <param name="scales">A scale per vector; 0 for one that is left out.</param>
    /// <param name="biases">What is added to the score of each.</param>
    public static VectorClusters Of(sbyte[] vectors, float[] scales, float[] biases)
    {
        var search = new Search(vectors, scales);
        var known = search.Known();
        var clusters = Math.Max(1, (int)Math.Sqrt(known.Length));
        var places = search.Begin(Every(known, clusters));
        var sample = Every(known, clusters * SamplesPerCluster);
        for (var round = 0; round < Rounds; round++)
        {
            search.Move(places, sample);
        }

        return new VectorClusters(places, search, known, search.Assign(places, known), biases, null, known.Length);
    }

    /// <summary>The same groups of vectors of which some have changed or are new; new groups where there have come many.</summary>
    /// <param name="vectors">All vectors.</param>
    /// <param name="scales">Their scales.</param>
    /// <param name="biases">Their biases.</param>
    /// <param name="changed">The numbers of those that are not what they were, in any order, repeated or not.</param>
    public VectorClusters With(sbyte[] vectors, float[] scales, float[] biases, IEnumerable<int> changed)
    {
        var search = new Search(vectors, scales);
        var known = search.Known();
        if (known.Length > GrowthLimit * _grouped)
        {
            return Of(vectors, scales, biases);
        }

        var clusters = new int[scales.Length];
        Array.Fill(clusters, -1);
        for (var cluster = 0; cluster < Count; cluster++)
        {
            var (first, end) = BlocksOf(cluster);
            foreach (var item in _items.AsSpan(first * VectorBlocks.Size, (end - first) * VectorBlocks.Size))
            {
                if (item >= 0)
                {
                    clusters[item] = cluster;
                }
            }
        }

        var moved = changed.Distinct().Where(item => scales[item] != 0f).ToArray();
        var assigned = search.Assign(_places, moved);
        for (var i = 0; i < moved.Length; i++)
        {
            clusters[moved[i]] = assigned[i];
        }

        return new VectorClusters(_places, search, known, Array.ConvertAll(known, item => clusters[item]), biases, _summary, _grouped);
    }

    /// <summary>Mean and variance of a user's logits over all items.</summary>
    public (float Mean, float Variance) LogitMoments(ReadOnlySpan<float> user)
    {
        var (mean, square) = _summary.Vectors.ProductsWith(user);
        return ((float)(_summary.BiasMean + mean), (float)(_summary.BiasVariance + Math.Max(0, square - (mean * mean))));
    }

    /// <summary>Writes the centres' scores.</summary>
    /// <param name="code">The user, as <see cref="ByteVectors.Encode"/> wrote it.</param>
    /// <param name="scale">What <see cref="ByteVectors.Encode"/> gave.</param>
    /// <param name="scores">Receives a score per group; has room for a block more.</param>
    public void ScoreCentres(ReadOnlySpan<int> code, float scale, Span<float> scores)
    {
        for (var block = 0; block < _centres.Count; block++)
        {
            _centres.Score(code, scale, block).CopyTo(scores[(block * VectorBlocks.Size)..]);
        }
    }

    /// <summary>The blocks of a group.</summary>
    public (int First, int End) BlocksOf(int cluster) => (_firstBlocks[cluster], _firstBlocks[cluster + 1]);

    /// <summary>The items of a block; −1 where there is none.</summary>
    public ReadOnlySpan<int> ItemsOf(int block) => _items.AsSpan(block * VectorBlocks.Size, VectorBlocks.Size);

    private static int[] Every(int[] items, int count) =>
        items.Length <= count ? items : [.. Enumerable.Range(0, count).Select(i => items[(long)i * items.Length / count])];

    private static (int[] FirstBlocks, int[] Items) Arrange(int[] known, int[] assigned, int clusters)
    {
        var sizes = new int[clusters];
        foreach (var cluster in assigned)
        {
            sizes[cluster]++;
        }

        var firstBlocks = new int[clusters + 1];
        for (var cluster = 0; cluster < clusters; cluster++)
        {
            firstBlocks[cluster + 1] = firstBlocks[cluster] + (sizes[cluster] + VectorBlocks.Size - 1) / VectorBlocks.Size;
        }

        var items = new int[firstBlocks[clusters] * VectorBlocks.Size];
        Array.Fill(items, -1);
        var next = Array.ConvertAll(firstBlocks, block => block * VectorBlocks.Size);
        for (var i = 0; i < known.Length; i++)
        {
            items[next[assigned[i]]++] = known[i];
        }

        return (firstBlocks, items);
    }

    // Of all vectors the moments, of their biases mean and variance.
    private sealed record Summary(VectorMoments Vectors, double BiasMean, double BiasVariance);

    /// <summary>k-means: every vector belongs to the centre that is nearest, every centre is the mean of what belongs to it.</summary>
    private sealed class Search
    {
        private readonly sbyte[] _vectors;
        private readonly float[] _scales;
        private readonly float[] _vector;
        private readonly int[] _code;

        public Search(sbyte[] vectors, float[] scales)
        {
            (_vectors, _scales) = (vectors, scales);
            Dimensions = vectors.Length / scales.Length;
            (_vector, _code) = (new float[Dimensions], new int[Dimensions / 2]);
        }

        public int Dimensions { get; }

        public int[] Known() => [.. Enumerable.Range(0, _scales.Length).Where(item => _scales[item] != 0f)];

        public VectorBlocks Arranged(int[] items, float[] biases) => new(_vectors, _scales, biases, items);

        public float[] Begin(int[] items)
        {
            var centres = new float[items.Length * Dimensions];
            for (var i = 0; i < items.Length; i++)
            {
                Read(items[i]).CopyTo(centres.AsSpan(i * Dimensions));
            }

            return centres;
        }

        public void Move(float[] centres, int[] sample)
        {
            var assigned = Assign(centres, sample);
            var counts = new int[centres.Length / Dimensions];
            var sums = new float[centres.Length];
            for (var i = 0; i < sample.Length; i++)
            {
                counts[assigned[i]]++;
                var sum = sums.AsSpan(assigned[i] * Dimensions, Dimensions);
                TensorPrimitives.Add(sum, Read(sample[i]), sum);
            }

            for (var cluster = 0; cluster < counts.Length; cluster++)
            {
                if (counts[cluster] > 0)
                {
                    TensorPrimitives.Divide(sums.AsSpan(cluster * Dimensions, Dimensions), counts[cluster], centres.AsSpan(cluster * Dimensions, Dimensions));
                }
            }
        }

        public int[] Assign(float[] centres, int[] items)
        {
            var blocks = Blocks(centres, Dimensions, isDistance: true);
            var scores = new float[blocks.Count * VectorBlocks.Size];
            var assigned = new int[items.Length];
            for (var i = 0; i < items.Length; i++)
            {
                var scale = ByteVectors.Encode(Read(items[i]), _code);
                for (var block = 0; block < blocks.Count; block++)
                {
                    blocks.Score(_code, scale, block).CopyTo(scores, block * VectorBlocks.Size);
                }

                assigned[i] = TensorPrimitives.IndexOfMax<float>(scores);
            }

            return assigned;
        }

        /// <summary>Centres as blocks that score their inner product, less half of their squared length if it is distance that counts.</summary>
        public static VectorBlocks Blocks(float[] centres, int dimensions, bool isDistance)
        {
            var count = dimensions == 0 ? 0 : centres.Length / dimensions;
            var numbers = new sbyte[centres.Length];
            var scales = new float[count];
            var biases = new float[count];
            for (var cluster = 0; cluster < count; cluster++)
            {
                var centre = centres.AsSpan(cluster * dimensions, dimensions);
                scales[cluster] = ByteVectors.Quantise(centre, numbers.AsSpan(cluster * dimensions, dimensions));
                biases[cluster] = isDistance ? -TensorPrimitives.SumOfSquares<float>(centre) / 2 : 0f;
            }

            return new VectorBlocks(numbers, scales, biases, [.. Enumerable.Range(0, count)]);
        }

        public Summary Summarise(int[] items, float[] biases)
        {
            var (mean, square) = (items.Sum(item => (double)biases[item]), items.Sum(item => (double)biases[item] * biases[item]));
            mean /= Math.Max(1, items.Length);
            return new Summary(VectorMoments.Of(items.Length, Dimensions, i => Read(items[i])), mean, (square / Math.Max(1, items.Length)) - (mean * mean));
        }

        private ReadOnlySpan<float> Read(int item)
        {
            TensorPrimitives.ConvertTruncating<sbyte, float>(_vectors.AsSpan(item * Dimensions, Dimensions), _vector);
            TensorPrimitives.Multiply(_vector, _scales[item], _vector);
            return _vector;
        }
    }
}
