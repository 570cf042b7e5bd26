using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Recurrence;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Evaluation;

/// <summary>What a tenant's learner learns and a replica takes over, in one place and without a cluster.</summary>
internal sealed class OnlineVectors(RecurrentLearnerOptions options, int stride, int seed)
{
    private const int Pending = 16;
    private const int Window = EventPairs.DefaultRuleWindow;

    private readonly int[] _events = new int[Pending * EventContexts.MaximumLength];
    private RecurrentLearner _learner = new(null, default, options, seed);
    private RecurrentFactors? _start;
    private int _length;
    private int _pending;
    private long _seen;
    private long _taken;

    /// <summary>How many events were learned from.</summary>
    public long Events { get; private set; }

    /// <summary>The processor time that learning took.</summary>
    public TimeSpan ProcessorTime { get; private set; }

    /// <summary>Learns from an event.</summary>
    /// <param name="before">The user's items before it, newest first.</param>
    /// <param name="item">The item.</param>
    public void Add(ReadOnlySpan<int> before, int item)
    {
        if (_seen++ % stride != 0)
        {
            return;
        }

        // As many as the buffer of a silo's deltas finds for the rules.
        _length += EventContexts.Write(_events.AsSpan(_length), item, before[..Math.Min(Window, before.Length)]);
        if (++_pending == Pending)
        {
            Learn();
        }
    }

    /// <summary>Goes on from a build, which has seen all events so far.</summary>
    public void Replace(ModelBuildResult built)
    {
        (_start, _taken, _length, _pending) = (built.Model.Recurrence, -1, 0, 0);
        _learner = new RecurrentLearner(_start, built.Counts, options, seed);
    }

    /// <summary>The next version of a model: with the vectors that have changed.</summary>
    public RankingModel Refresh(RankingModel model)
    {
        Learn();
        if (_learner.Version == Math.Max(0, _taken))
        {
            return model;
        }

        var rows = _learner.RowsAfter(_taken, 0, int.MaxValue, out _);
        _taken = _learner.Version;
        return model with { Recurrence = RecurrentFactors.With(model.Recurrence, [rows]) };
    }

    private void Learn()
    {
        var started = Environment.CpuUsage.TotalTime;
        Events += _learner.Learn(_events.AsSpan(0, _length));
        ProcessorTime += Environment.CpuUsage.TotalTime - started;
        (_length, _pending) = (0, 0);
    }
}
