using BenchmarkDotNet.Attributes;
using Lepton.Orleans.Engine.LinearAlgebra;
using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Benchmarks;

/// <summary>The kernels of a build on 10,000 users, 5,000 items and 500,000 events, one thread.</summary>
public class BuildBenchmarks
{
    private readonly float[] _system = new float[100 * 100];
    private readonly float[] _matrix = new float[100 * 100];
    private readonly float[] _side = new float[100];
    private Interactions _interactions = new([0], [], 0);

    [GlobalSetup]
    public void Setup()
    {
        _interactions = SyntheticModel.Interactions(10_000, 5_000, 50);
        for (var i = 0; i < 100; i++)
        {
            for (var j = 0; j < 100; j++)
            {
                _system[i * 100 + j] = 1f / (1 + Math.Abs(i - j)) + (i == j ? 2f : 0f);
            }
        }
    }

    [Benchmark]
    public float Ridge_solve_of_order_100()
    {
        _system.CopyTo(_matrix, 0);
        _side.AsSpan().Fill(1f);
        Cholesky.TryFactor(_matrix, 100);
        Cholesky.Solve(_matrix, 100, _side);
        return _side[0];
    }

    [Benchmark]
    public NeighbourTable Local_ridge() => LocalRidge.Build(_interactions);

    [Benchmark]
    public ItemFactors Normalised_svd_64() => NormalisedSvd.Build(_interactions);
}
