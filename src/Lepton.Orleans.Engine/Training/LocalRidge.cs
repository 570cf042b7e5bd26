using Lepton.Orleans.Engine.LinearAlgebra;
using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Selection;

namespace Lepton.Orleans.Engine.Training;

/// <summary>
/// Local ridge neighbourhoods: the item-item regression of SLIM (Ning &amp; Karypis 2011) and EASE (Steck, "Embarrassingly
/// shallow autoencoders for sparse data", 2019), solved for each item over its nearest items only. With
/// C = Xᵀ diag(d_u^−α) X and N the k items with the largest p_i^−α C_ij, w = (C_NN + λI)⁻¹ C_Nj. The score of j is the
/// sum of w over the history.
/// </summary>
public static class LocalRidge
{
    private const int BlockSize = 16;

    /// <summary>Builds the neighbourhoods.</summary>
    /// <param name="interactions">Who had what; order plays no part.</param>
    /// <param name="options">Settings; <see langword="null"/> for the defaults.</param>
    /// <param name="parallelism">How many threads; the result is the same for any number.</param>
    /// <param name="progress">Receives the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops the build within a few milliseconds.</param>
    /// <returns>Row = source item, its neighbours are the targets that it votes for.</returns>
    public static NeighbourTable Build(
        Interactions interactions,
        LocalRidgeOptions? options = null,
        int parallelism = 1,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(interactions);
        options ??= new LocalRidgeOptions();
        var gram = Gram.Compute(interactions, options.Exponent, options.MaximumPairs, parallelism, progress.Part(0, .2), cancellationToken);
        var popularity = interactions.CountItems();
        var discount = Array.ConvertAll(popularity, count => Gram.Discount(count, options.Exponent));
        var regularisation = options.Regularisation * MeanDiagonal(gram, popularity);

        var sources = new int[interactions.ItemCount][];
        var weights = new float[interactions.ItemCount][];
        ParallelRows.Run(
            interactions.ItemCount,
            BlockSize,
            parallelism,
            () => new Regression(gram, discount, options.Neighbours, regularisation, interactions.ItemCount),
            (first, end, regression) =>
            {
                for (var target = first; target < end; target++)
                {
                    (sources[target], weights[target]) = regression.Solve(target);
                }
            },
            progress.Part(.2, .75),
            cancellationToken);
        return Transpose(sources, weights, options.TargetsPerSource, parallelism, progress.Part(.95, .05), cancellationToken);
    }

    private static float MeanDiagonal(Gram gram, float[] popularity)
    {
        var sum = 0.0;
        var items = 0;
        for (var item = 0; item < popularity.Length; item++)
        {
            if (popularity[item] > 0f)
            {
                sum += gram.ValueOf(item, item);
                items++;
            }
        }

        return items == 0 ? 1f : (float)(sum / items);
    }

    private static NeighbourTable Transpose(
        int[][] sources,
        float[][] weights,
        int capacity,
        int parallelism,
        IProgress<double>? progress,
        CancellationToken cancellationToken)
    {
        var offsets = new int[sources.Length + 1];
        foreach (var source in sources.SelectMany(static s => s))
        {
            offsets[source + 1]++;
        }

        for (var row = 0; row < sources.Length; row++)
        {
            offsets[row + 1] += offsets[row];
        }

        var keys = new ulong[offsets[^1]];
        var next = offsets.AsSpan(0, sources.Length).ToArray();
        for (var target = 0; target < sources.Length; target++)
        {
            for (var k = 0; k < sources[target].Length; k++)
            {
                keys[next[sources[target][k]]++] = ScoreKey.Of(weights[target][k], target);
            }
        }

        var rows = new NeighbourRow[sources.Length];
        ParallelRows.Run(
            rows.Length,
            256,
            parallelism,
            static () => 0,
            (first, end, _) =>
            {
                for (var row = first; row < end; row++)
                {
                    rows[row] = RowSelection.Largest(row, keys.AsSpan(offsets[row], offsets[row + 1] - offsets[row]), capacity);
                }
            },
            progress,
            cancellationToken);
        return NeighbourTable.From(rows);
    }

    /// <summary>One thread's scratch memory for one regression after another.</summary>
    private sealed class Regression(Gram gram, float[] discount, int neighbours, float regularisation, int itemCount)
    {
        private readonly int[] _position = new int[itemCount];
        private readonly float[] _matrix = new float[neighbours * neighbours];
        private ulong[] _keys = [];

        public (int[] Sources, float[] Weights) Solve(int target)
        {
            var chosen = Choose(target);
            var n = chosen.Length;
            var weights = new float[n];
            if (n == 0)
            {
                return (chosen, weights);
            }

            // A pair's entry stands in both rows: with the shortest row first, each pair is looked up in its shorter one.
            Array.Sort(Array.ConvertAll(chosen, item => ((long)gram.Items(item).Length << 32) | (uint)item), chosen);
            for (var i = 0; i < n; i++)
            {
                _position[chosen[i]] = i + 1;
            }

            FillRightSide(target, weights);
            for (var i = 0; i < n; i++)
            {
                FillRow(chosen, i, n);
            }

            foreach (var item in chosen)
            {
                _position[item] = 0;
            }

            if (!Cholesky.TryFactor(_matrix, n))
            {
                Array.Clear(weights);
                return (chosen, weights);
            }

            Cholesky.Solve(_matrix, n, weights);
            return (chosen, weights);
        }

        private int[] Choose(int target)
        {
            var items = gram.Items(target);
            var values = gram.Values(target);
            if (_keys.Length < items.Length)
            {
                _keys = new ulong[items.Length + items.Length / 2];
            }

            var count = 0;
            for (var k = 0; k < items.Length; k++)
            {
                if (items[k] != target)
                {
                    _keys[count++] = ScoreKey.Of(discount[items[k]] * values[k], items[k]);
                }
            }

            var keys = _keys.AsSpan(0, count);
            var kept = Math.Min(neighbours, count);
            Quickselect.PartitionGreatest(keys, kept);
            var chosen = new int[kept];
            for (var i = 0; i < kept; i++)
            {
                chosen[i] = ScoreKey.Item(keys[i]);
            }

            return chosen;
        }

        private void FillRightSide(int target, float[] side)
        {
            var items = gram.Items(target);
            var values = gram.Values(target);
            for (var k = 0; k < items.Length; k++)
            {
                var position = _position[items[k]];
                if (position > 0)
                {
                    side[position - 1] = values[k];
                }
            }
        }

        private void FillRow(int[] chosen, int i, int n)
        {
            var row = _matrix.AsSpan(i * n, n);
            row[i..].Clear();
            var items = gram.Items(chosen[i]);
            var values = gram.Values(chosen[i]);
            if ((long)(n - i) * 24 < items.Length)
            {
                for (var j = i; j < n; j++)
                {
                    row[j] = gram.ValueOf(chosen[i], chosen[j]);
                }
            }
            else
            {
                for (var k = 0; k < items.Length; k++)
                {
                    var position = _position[items[k]] - 1;
                    if (position >= i)
                    {
                        row[position] = values[k];
                    }
                }
            }

            // Left out of the shorter row, it may stand in the other one, which is then as long.
            for (var j = i + 1; j < n && gram.MayLack(chosen[i]); j++)
            {
                row[j] = row[j] == 0f ? gram.ValueOf(chosen[j], chosen[i]) : row[j];
            }

            row[i] += regularisation;
        }
    }
}
