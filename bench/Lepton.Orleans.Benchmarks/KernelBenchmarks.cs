using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using BenchmarkDotNet.Attributes;
using Lepton.Orleans.Engine.LinearAlgebra;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Recurrence;
using Lepton.Orleans.Engine.Selection;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Benchmarks;

/// <summary>
/// The kernels of the engine and, as the first two, what bounds them: how fast memory is read and how fast is multiplied and added, on one
/// thread. <see cref="Kernels"/> says of each how much it reads and calculates, and <c>kernels</c> sets them against each other.
/// </summary>
public class KernelBenchmarks
{
    /// <summary>Multiplications and additions a call of <see cref="Multiply_and_add"/>.</summary>
    public const double BoundOperations = 2.0 * 8 * 16 * AddLoops;

    /// <summary>Bytes a call of <see cref="Read_memory"/>.</summary>
    public const double BoundBytes = sizeof(float) * (double)MemoryNumbers;

    /// <summary>The order of a ridge regression.</summary>
    public const int Order = 100;

    /// <summary>The length of a vector.</summary>
    public const int Dimensions = 64;

    /// <summary>How many vectors are scanned: more of them than caches hold.</summary>
    public const int Vectors = 1 << 20;

    /// <summary>How many scores the best are chosen among.</summary>
    public const int Scores = 1 << 20;

    /// <summary>How long the bounded lists are that are merged, and how many: a history's.</summary>
    public const int RowLength = 200;

    /// <summary>How many items the vector of what comes next is folded in from.</summary>
    public const int FoldedItems = RecurrentFactors.Reach;

    private const int AddLoops = 1 << 22;
    private const int MemoryNumbers = 1 << 26;
    private const int HistoryItems = 50;
    private const int Items = 92_000;
    private const int Histories = 512;

    private readonly float[] _memory = new float[MemoryNumbers];
    private readonly float[] _user = new float[Dimensions];
    private readonly int[] _code = new int[Dimensions / 2];
    private readonly float[] _system = new float[Order * Order];
    private readonly float[] _matrix = new float[Order * Order];
    private readonly float[] _side = new float[Order];
    private readonly ulong[] _keys = new ulong[Scores];
    private readonly ulong[] _space = new ulong[TopBuffer.SpaceFor(100)];
    private readonly RankedItem[] _results = new RankedItem[50];
    private readonly RankingWorkspace _workspace = new();
    private VectorBlocks _blocks = new([], [], [], []);
    private RankingModel _lists = RankingModel.Empty;
    private int[][] _histories = [];
    private int[][] _foldedHistories = [];
    private float[] _states = [];
    private RecurrentFactors _recurrence = new([], [], 1f, [], [], [], [], []);
    private ulong[] _eligible = [];
    private Interactions _interactions = new([0], [], 0);
    private int _next;

    /// <summary>Events that the decomposition goes over.</summary>
    public int Events => _interactions.Items.Length;

    /// <summary>Users, and items, of the decomposition.</summary>
    public (int Users, int Items) Sides => (_interactions.UserCount, _interactions.ItemCount);

    /// <summary>Entries of the lists that one user's history brings together, on the mean.</summary>
    public double MergedEntries => _histories.Average(history => history.Sum(item => (double)_lists.Neighbourhood.Items(item).Length));

    /// <summary>How many states are folded in.</summary>
    public int FoldedStates => _states.Length / Dimensions;

    /// <summary>Makes what the kernels work on.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        foreach (ref var value in _memory.AsSpan())
        {
            value = random.NextSingle() - .5f;
        }

        foreach (ref var value in _user.AsSpan())
        {
            value = random.NextSingle() - .5f;
        }

        for (var i = 0; i < Scores; i++)
        {
            _keys[i] = ScoreKey.Of(random.NextSingle(), i);
        }

        for (var i = 0; i < Order; i++)
        {
            for (var j = 0; j < Order; j++)
            {
                _system[(i * Order) + j] = (1f / (1 + Math.Abs(i - j))) + (i == j ? 2f : 0f);
            }
        }

        var bytes = new sbyte[Vectors * Dimensions];
        random.NextBytes(MemoryMarshal.AsBytes(bytes.AsSpan()));
        var scales = new float[Vectors];
        Array.Fill(scales, .01f);
        _blocks = new VectorBlocks(bytes, scales, new float[Vectors], [.. Enumerable.Range(0, Vectors)]);
        _ = ByteVectors.Encode(_user, _code);
        _histories = SyntheticModel.Histories(Items, Histories, HistoryItems);
        _eligible = SyntheticModel.Everything(Items);
        _foldedHistories = SyntheticModel.Histories(Items, Histories, FoldedItems);
        var decays = new RecurrentOptions().Memories.Select(RecurrentFactors.DecayOf).ToArray();
        var (vectors, mixing) = (bytes[..(Items * Dimensions)], _memory[..(decays.Length * Dimensions * Dimensions)]);
        _states = new float[decays.Length * Dimensions];
        _recurrence = new RecurrentFactors(decays, mixing, 16f, vectors, scales[..Items], vectors, scales[..Items], new float[Items]);
        _lists = (SyntheticModel.Create(Items, RowLength, rank: 16) with
        {
            Factors = null,
            Weights = new BlendWeights { Transitions = 0f, CoOccurrence = 0f, Embedding = 0f, Neighbourhood = 1f, NeighbourhoodRecency = 0f },
        }).Prepare();
        _interactions = GeneratedFeedback.Create(20_000, 1_000_000, seed: 1);
    }

    /// <summary>256 MB, once through.</summary>
    [Benchmark, MethodImpl(MethodImplOptions.NoInlining)]
    public float Read_memory()
    {
        ref var start = ref MemoryMarshal.GetArrayDataReference(_memory);
        var (a, b, c, d) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        for (nuint i = 0; i < MemoryNumbers; i += 64)
        {
            a += Vector512.LoadUnsafe(ref start, i);
            b += Vector512.LoadUnsafe(ref start, i + 16);
            c += Vector512.LoadUnsafe(ref start, i + 32);
            d += Vector512.LoadUnsafe(ref start, i + 48);
        }

        return Vector512.Sum(a + b + c + d);
    }

    /// <summary>Eight chains of fused multiplications and additions that never leave the registers.</summary>
    /// <remarks>Not inlined: where nobody looks at the result, nothing would be calculated.</remarks>
    [Benchmark, MethodImpl(MethodImplOptions.NoInlining)]
    public float Multiply_and_add()
    {
        var factor = Vector512.Create(_user[0]);
        var (a, b, c, d) = (factor, factor, factor, factor);
        var (e, f, g, h) = (factor, factor, factor, factor);
        for (var i = 0; i < AddLoops; i++)
        {
            a = Vector512.FusedMultiplyAdd(a, factor, factor);
            b = Vector512.FusedMultiplyAdd(b, factor, factor);
            c = Vector512.FusedMultiplyAdd(c, factor, factor);
            d = Vector512.FusedMultiplyAdd(d, factor, factor);
            e = Vector512.FusedMultiplyAdd(e, factor, factor);
            f = Vector512.FusedMultiplyAdd(f, factor, factor);
            g = Vector512.FusedMultiplyAdd(g, factor, factor);
            h = Vector512.FusedMultiplyAdd(h, factor, factor);
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h);
    }

    /// <summary>One user's inner products with 2^20 vectors of 64 floats.</summary>
    [Benchmark]
    public float Inner_products_f32()
    {
        var best = float.MinValue;
        for (var vector = 0; vector < Vectors; vector++)
        {
            best = Math.Max(best, InnerProduct.Of(_user, _memory.AsSpan(vector * Dimensions, Dimensions)));
        }

        return best;
    }

    /// <summary>The same with vectors of 64 bytes.</summary>
    [Benchmark]
    public float Inner_products_int8()
    {
        var best = Vector512.Create(float.MinValue);
        for (var block = 0; block < _blocks.Count; block++)
        {
            best = Vector512.Max(best, _blocks.Score(_code, 1f, block));
        }

        return Vector512.Sum(best);
    }

    /// <summary>One small system factored and solved.</summary>
    [Benchmark]
    public float Ridge_solve()
    {
        _system.CopyTo(_matrix, 0);
        _side.AsSpan().Fill(1f);
        _ = Cholesky.TryFactor(_matrix, Order);
        Cholesky.Solve(_matrix, Order, _side);
        return _side[0];
    }

    /// <summary>The decomposition of a million events, rank 64.</summary>
    [Benchmark]
    public ItemFactors Normalised_svd() => NormalisedSvd.Build(_interactions);

    /// <summary>The best 100 of 2^20 scores.</summary>
    [Benchmark]
    public ulong Best_of_scores()
    {
        var buffer = new TopBuffer(_space, 100);
        foreach (var key in _keys)
        {
            buffer.Push(key);
        }

        return buffer.Descending()[0];
    }

    /// <summary>The lists of a history's items merged, and the best 50 of what is in them, each time of another user.</summary>
    [Benchmark]
    public int Best_of_merged_lists()
    {
        var history = _histories[_next++ & (Histories - 1)];
        return Ranker.Rank(_lists, history, history, _eligible, _results, _workspace);
    }

    /// <summary>A user's vector of what comes next, from the 64 newest items: four states, and what mixes them.</summary>
    [Benchmark]
    public bool Fold_in() => _recurrence.FoldIn(_foldedHistories[_next++ & (Histories - 1)], _states, _user);
}
