using BenchmarkDotNet.Attributes;
using Lepton.Orleans.Engine.Ranking;

namespace Lepton.Orleans.Benchmarks;

/// <summary>A whole re-rank of 50 history items, 100 places, as a request after feedback costs it.</summary>
[MemoryDiagnoser]
public class RankBenchmarks
{
    private readonly RankedItem[] _results = new RankedItem[100];
    private readonly RankingWorkspace _workspace = new();
    private RankingModel _model = RankingModel.Empty;
    private int[][] _histories = [];
    private ulong[] _eligible = [];
    private int _next;

    [Params(3_700, 92_000)]
    public int Items { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _model = SyntheticModel.Create(Items);
        _histories = SyntheticModel.Histories(Items, 256, 50);
        _eligible = SyntheticModel.Everything(Items);
    }

    [Benchmark]
    public int Rank()
    {
        var history = _histories[_next++ & 255];
        return Ranker.Rank(_model, history, history, _eligible, _results, _workspace);
    }

    [Benchmark]
    public int Fallback() => Ranker.Rank(_model, [], [], _eligible, _results, _workspace);

    [Benchmark]
    public int Similar_by_embedding() => Ranker.Similar(_model, _next++ & 255, Source.Embedding, _eligible, _results, _workspace);
}
