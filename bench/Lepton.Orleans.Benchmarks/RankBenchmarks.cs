using BenchmarkDotNet.Attributes;
using Lepton.Orleans.Engine.Ranking;

namespace Lepton.Orleans.Benchmarks;

/// <summary>A whole re-rank to the depth that a request for ten items ranks to, as a request after feedback costs it.</summary>
[MemoryDiagnoser]
public class RankBenchmarks
{
    // Enough users that their rows do not all stay in the cache, as in a service.
    private const int Users = 2048;
    private readonly RankedItem[] _results = new RankedItem[50];
    private readonly RankingWorkspace _workspace = new();
    private RankingModel _model = RankingModel.Empty;
    private int[][] _histories = [];
    private int[][] _longHistories = [];
    private ulong[] _eligible = [];
    private int _next;

    [Params(3_700, 92_000)]
    public int Items { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _model = SyntheticModel.Create(Items);
        _histories = SyntheticModel.Histories(Items, Users, 50);
        _longHistories = SyntheticModel.Histories(Items, Users, 150);
        _eligible = SyntheticModel.Everything(Items);
    }

    [Benchmark]
    public int Rank() => RankFor(_histories);

    [Benchmark]
    public int Rank_of_a_long_history() => RankFor(_longHistories);

    [Benchmark]
    public int Fallback() => Ranker.Rank(_model, [], [], _eligible, _results, _workspace);

    [Benchmark]
    public int Similar_by_embedding() => Ranker.Similar(_model, _next++ & 255, Source.Embedding, _eligible, _results, _workspace);

    private int RankFor(int[][] histories)
    {
        var history = histories[_next++ & (Users - 1)];
        return Ranker.Rank(_model, history, history, _eligible, _results, _workspace);
    }
}
