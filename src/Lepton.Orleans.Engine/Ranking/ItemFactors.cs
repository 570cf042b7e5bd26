using System.Numerics.Tensors;
using Lepton.Orleans.Engine.LinearAlgebra;

namespace Lepton.Orleans.Engine.Ranking;

/// <summary>
/// Item vectors of a factorisation, scaled so that a score is one inner product. With V the right singular vectors of
/// diag(d_u^−½) X diag(p_i^−½), row b of <see cref="Vectors"/> is f_b = p_b^½ V_b; the user of a history H is
/// y = Σ_{h∈H} w(age) · f_h / p_h, and the score of b is y·f_b, which is (x ∘ p^−½) V Vᵀ ∘ p^½. Or vectors of implicit
/// feedback, with which the user of a history is the solution of a small least-squares problem, <see cref="Implicit"/>.
/// A user is scored with vectors that are rounded to a byte a number, in units of a scale an item.
/// </summary>
public sealed class ItemFactors
{
    private const int FoldSteps = 12;

    private readonly float[] _norms;
    private readonly sbyte[] _rounded;
    private readonly int _start;
    private readonly float[] _scales;
    private readonly float[] _gram;

    /// <summary>Factors over <c>inputScale.Length</c> items; computes their mean, second moments and norms.</summary>
    /// <param name="rank">The length of a vector.</param>
    /// <param name="vectors">Row-major, items × <paramref name="rank"/>.</param>
    /// <param name="inputScale">Per item what its vector is multiplied with when it is in a history: 1/p.</param>
    /// <param name="fold">What a user's vector minimises; <see langword="null"/> if it is a sum of the history's.</param>
    /// <exception cref="ArgumentException">The arrays' lengths do not fit each other.</exception>
    public ItemFactors(int rank, float[] vectors, float[] inputScale, ImplicitFold? fold = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(inputScale);
        if (vectors.Length != (long)rank * inputScale.Length)
        {
            throw new ArgumentException($"{inputScale.Length} items of rank {rank} need {(long)rank * inputScale.Length} values, not {vectors.Length}.", nameof(vectors));
        }

        Rank = rank;
        Vectors = vectors;
        InputScale = inputScale;
        Implicit = fold;
        (_rounded, _start) = ByteVectors.Room(vectors.Length);
        _scales = new float[Count];
        for (var item = 0; item < Count; item++)
        {
            _scales[item] = ByteVectors.Quantise(Vector(item), _rounded.AsSpan(_start + (item * rank), rank));
        }

        var vector = new float[rank];
        Moments = VectorMoments.Of(Count, rank, item => Round(item, vector));
        _norms = [.. Enumerable.Range(0, Count).Select(item => TensorPrimitives.Norm(Vector(item)))];
        _gram = fold is null ? [] : Array.ConvertAll(SecondMoments, moment => fold.UnobservedWeight * Count * moment);
    }

    /// <summary>The number of items that have a vector: numbers 0 to Count − 1.</summary>
    public int Count => InputScale.Length;

    /// <summary>The length of a vector.</summary>
    public int Rank { get; }

    /// <summary>The vectors, row-major, <see cref="Count"/> × <see cref="Rank"/>.</summary>
    public float[] Vectors { get; }

    /// <summary>Per item what its vector is multiplied with when it is in a history.</summary>
    public float[] InputScale { get; }

    /// <summary>What a user's vector minimises; <see langword="null"/> if it is a sum of the history's.</summary>
    public ImplicitFold? Implicit { get; }

    /// <summary>The mean vector.</summary>
    public float[] Mean => Moments.Mean;

    /// <summary>
    /// The mean of f fᵀ, <see cref="Rank"/> × <see cref="Rank"/>: with <see cref="Mean"/> it gives mean and variance of any user's scores without a scan.
    /// </summary>
    public float[] SecondMoments => Moments.Products;

    /// <summary>What the vectors tell of a user's scores over all items.</summary>
    internal VectorMoments Moments { get; }

    /// <summary>The vector of one item.</summary>
    public ReadOnlySpan<float> Vector(int item) => Vectors.AsSpan(item * Rank, Rank);

    /// <summary>The Euclidean length of an item's vector.</summary>
    public float Norm(int item) => _norms[item];

    /// <summary>The cosine between two items' vectors; 0 where one of them is zero or missing.</summary>
    public float Cosine(int a, int b)
    {
        if ((uint)a >= (uint)Count || (uint)b >= (uint)Count)
        {
            return 0f;
        }

        var product = _norms[a] * _norms[b];
        return product > 0f ? TensorPrimitives.Dot(Vector(a), Vector(b)) / product : 0f;
    }

    /// <summary>Writes the vector of an item as users are scored with it.</summary>
    /// <returns><paramref name="vector"/>.</returns>
    internal float[] Round(int item, float[] vector)
    {
        TensorPrimitives.ConvertTruncating(Row(item), vector.AsSpan());
        TensorPrimitives.Multiply(vector, _scales[item], vector);
        return vector;
    }

    /// <summary>A user's inner product with the vector of an item.</summary>
    /// <param name="code">The user, as <see cref="ByteVectors.Encode"/> wrote it.</param>
    /// <param name="scale">What <see cref="ByteVectors.Encode"/> gave.</param>
    /// <param name="item">An item that has a vector.</param>
    internal float Score(ReadOnlySpan<int> code, float scale, int item) => ByteVectors.Product(Row(item), code) * scale * _scales[item];

    /// <summary>Asks for the memory that <see cref="Score"/> of an item reads.</summary>
    internal void Announce(int item)
    {
        if ((uint)item < (uint)Count)
        {
            Prefetch.Run(Row(item));
            Prefetch.At(ref _scales[item]);
        }
    }

    /// <summary>The user vector of a history.</summary>
    /// <param name="history">Items, newest first; numbers without a vector are skipped.</param>
    /// <param name="recency">q in (1+age)^−q.</param>
    /// <param name="user">Receives the vector; its length is <see cref="Rank"/>.</param>
    /// <returns>Whether any item of the history had a vector.</returns>
    public bool FoldIn(ReadOnlySpan<int> history, float recency, Span<float> user)
    {
        user.Clear();
        if (Implicit is { } fold)
        {
            return FoldIn(fold, history, recency, user);
        }

        // Not rounded: few vectors are read here, and a user who is off would be off for every item.
        var any = false;
        foreach (var item in history)
        {
            if ((uint)item < (uint)Count)
            {
                Prefetch.Run(Vector(item));
                Prefetch.At(ref InputScale[item]);
            }
        }

        for (var age = 0; age < history.Length; age++)
        {
            var item = history[age];
            if ((uint)item < (uint)Count)
            {
                any = true;
                TensorPrimitives.MultiplyAdd(Vector(item), Recency.Weight(age, recency) * InputScale[item], user, user);
            }
        }

        return any;
    }

    private bool FoldIn(ImplicitFold fold, ReadOnlySpan<int> history, float recency, Span<float> user)
    {
        Span<int> rows = history.Length <= 512 ? stackalloc int[history.Length] : new int[history.Length];
        Span<float> weights = history.Length <= 512 ? stackalloc float[history.Length] : new float[history.Length];
        var (known, sum) = (0, 0f);
        for (var age = 0; age < history.Length; age++)
        {
            var item = history[age];
            if ((uint)item < (uint)Count && InputScale[item] != 0f)
            {
                Prefetch.Run(Vector(item));
                rows[known] = item;
                weights[known] = Recency.Weight(age, recency) * InputScale[item];
                sum += weights[known++];
            }
        }

        if (known == 0)
        {
            return false;
        }

        var ridge = fold.Regularisation * (sum + (fold.UnobservedWeight * Count));
        ImplicitSolver.Improve(_gram, ridge, Vectors, rows[..known], weights[..known], FoldSteps, user);
        return true;
    }

    private ReadOnlySpan<sbyte> Row(int item) => _rounded.AsSpan(_start + (item * Rank), Rank);
}
