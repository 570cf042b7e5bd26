using BenchmarkDotNet.Attributes;
using Lepton.Orleans.Engine.Selection;

namespace Lepton.Orleans.Benchmarks;

/// <summary>The best 100 of 100,000 scores, against the heap that everybody starts with.</summary>
public class SelectionBenchmarks
{
    private readonly ulong[] _keys = new ulong[100_000];
    private readonly ulong[] _space = new ulong[TopBuffer.SpaceFor(100)];
    private readonly PriorityQueue<int, ulong> _heap = new(101);

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        for (var i = 0; i < _keys.Length; i++)
        {
            _keys[i] = ScoreKey.Of(random.NextSingle(), i);
        }
    }

    [Benchmark]
    public ulong Threshold_and_quickselect()
    {
        var buffer = new TopBuffer(_space, 100);
        foreach (var key in _keys)
        {
            buffer.Push(key);
        }

        return buffer.Descending()[0];
    }

    [Benchmark(Baseline = true)]
    public int Heap()
    {
        _heap.Clear();
        for (var i = 0; i < _keys.Length; i++)
        {
            if (_heap.Count < 100)
            {
                _heap.Enqueue(i, _keys[i]);
            }
            else
            {
                _heap.EnqueueDequeue(i, _keys[i]);
            }
        }

        return _heap.Count;
    }
}
