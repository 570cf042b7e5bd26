using BenchmarkDotNet.Attributes;
using Lepton.Orleans.Engine.Neighbours;

namespace Lepton.Orleans.Benchmarks;

/// <summary>What one pair of one event costs an item shard, in rows that are full.</summary>
[MemoryDiagnoser]
public class CounterBenchmarks
{
    private readonly BoundedCounters _counters = new();
    private readonly (int Row, int Item)[] _pairs = new (int, int)[1 << 16];
    private int _next;

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        for (var i = 0; i < _pairs.Length; i++)
        {
            _pairs[i] = ((int)(2000 * Math.Pow(random.NextDouble(), 2)), (int)(20_000 * Math.Pow(random.NextDouble(), 3)));
        }

        for (var i = 0; i < 40; i++)
        {
            foreach (var (row, item) in _pairs)
            {
                _counters.Add(row, (item + i) % 20_000, 1f);
            }
        }
    }

    [Benchmark]
    public void Add()
    {
        var (row, item) = _pairs[_next++ & (_pairs.Length - 1)];
        _counters.Add(row, item, 1f);
    }
}
