using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Lepton.Orleans.Engine.Binary;
using Lepton.Orleans.Engine.LinearAlgebra;

namespace Lepton.Orleans.Engine.Recurrence;

/// <summary>
/// Learns a linear recurrent model per event: small steps of the same sampled softmax that a build trains with, each on a
/// few events that have just happened, forwards from a build or from nothing. Accumulators forget, so that it never stops
/// learning. A new item starts beside the item that came before it. Memory is bounded: an item without recent events makes
/// room for one that has some, and starts again from the build's vector when it comes back. Equal events in equal batches
/// and equal seeds give equal models. Not thread-safe.
/// </summary>
public sealed class RecurrentLearner
{
    private const uint Magic = 0x314C524C; // "LRL1"
    private const int FirstRows = 1024;

    // With accumulators that forget a thousandth at a time, more gradients than this leave no more behind.
    private const float MostSettled = 1000f;

    private readonly RecurrentFactors? _start;
    private readonly ReadOnlyMemory<float> _counts;
    private readonly RecurrentLearnerOptions _options;
    private readonly RecurrentOptions _model;
    private readonly float[] _decays;
    private readonly RecurrentParameters _parameters;
    private readonly RecentNegatives _negatives;
    private readonly RecurrentStep _step;
    private readonly Dictionary<int, int> _rows = [];
    private readonly List<int> _before = [];
    private readonly int[] _ends;
    private readonly int[] _targets;
    private int[] _items = [];
    private long[] _changed = [];
    private long[] _used = [];
    private Xorshift _random;
    private int _hand;

    /// <summary>A learner that goes on from a build, or starts from nothing.</summary>
    /// <param name="start">The build's model; <see langword="null"/> for none.</param>
    /// <param name="counts">By item, how often it occurs in the build: vectors of common items have settled.</param>
    /// <param name="options">Settings; <see langword="null"/> for the defaults.</param>
    /// <param name="seed">Of everything random.</param>
    public RecurrentLearner(RecurrentFactors? start, ReadOnlyMemory<float> counts, RecurrentLearnerOptions? options = null, int seed = 1)
        : this(start, counts, options, seed, isEmpty: false)
    {
    }

    private RecurrentLearner(RecurrentFactors? start, ReadOnlyMemory<float> counts, RecurrentLearnerOptions? options, int seed, bool isEmpty)
    {
        _start = start;
        _counts = counts;
        _options = options ?? new RecurrentLearnerOptions();
        _model = start is null ? _options.Model : _options.Model with
        {
            Dimensions = start.Dimensions,
            Tied = start.IsTied,
            Sharpness = start.IsTied ? start.Sharpness : _options.Model.Sharpness,
        };
        _decays = start?.Decays ?? [.. _model.Memories.Select(RecurrentFactors.DecayOf)];
        _parameters = new RecurrentParameters(0, _decays.Length, _model.Dimensions, _model.Tied, seed, _options.Forgetting);
        start?.Mixing.CopyTo(_parameters.Mixing, 0);
        _negatives = new RecentNegatives(Math.Min(_options.RecentEvents, _options.MaximumItems / 4));
        _step = new RecurrentStep(_model, _parameters, _negatives, _decays);
        _random = new Xorshift((ulong)(uint)seed);
        _ends = new int[_model.Chunk];
        _targets = new int[_model.Chunk];
        if (!isEmpty)
        {
            TakeFromStart();
        }
    }

    /// <summary>How many events were learned from.</summary>
    public long Events { get; private set; }

    /// <summary>How many items are being learned.</summary>
    public int Count { get; private set; }

    /// <summary>Raised by every step.</summary>
    public long Version { get; private set; }

    /// <summary>How long <see cref="Write"/> writes, in bytes.</summary>
    public long Bytes => sizeof(float) * ((long)Count * ((_model.Tied ? 2 : 4) * _model.Dimensions + 4) + (3L * _parameters.Mixing.Length) + _options.RecentEvents);

    /// <summary>Learns from events, a few at a time.</summary>
    /// <param name="events">A run of <see cref="EventContexts"/>.</param>
    /// <returns>How many events there were; those with nothing before them only make their item known.</returns>
    public int Learn(ReadOnlySpan<int> events)
    {
        var (total, count) = (0, 0);
        _before.Clear();
        while (EventContexts.TryTake(ref events, out var item, out var before))
        {
            total++;
            var target = RowOf(item, before.IsEmpty ? -1 : before[0]);
            _negatives.Add(target);
            if (before.IsEmpty)
            {
                continue;
            }

            foreach (var earlier in before)
            {
                _before.Add(RowOf(earlier, -1));
            }

            (_targets[count], _ends[count]) = (target, _before.Count);
            if (++count == _targets.Length)
            {
                Step(count);
                count = 0;
            }
        }

        if (count > 0)
        {
            Step(count);
        }

        Events += total;
        return total;
    }

    /// <summary>The items that have changed after a version.</summary>
    /// <param name="version">A value of <see cref="Version"/>; −1 for all that the learner holds.</param>
    /// <param name="from">Where a page begins: 0, or what the page before gave as <paramref name="next"/>.</param>
    /// <param name="count">How many items at the most.</param>
    /// <param name="next">Receives where the next page begins; −1 after the last.</param>
    public RecurrentRows RowsAfter(long version, int from, int count, out int next)
    {
        var rows = new List<int>();
        for (; from < Count && rows.Count < count; from++)
        {
            if (_changed[from] > version)
            {
                rows.Add(from);
            }
        }

        next = from < Count ? from : -1;
        var (inputs, inputScales) = Quantise(_parameters.Inputs, rows);
        var (outputs, outputScales) = _model.Tied ? ([], []) : Quantise(_parameters.Outputs, rows);
        return new RecurrentRows
        {
            Decays = _decays,
            Mixing = [.. _parameters.Mixing],
            Sharpness = _model.Tied ? _model.Sharpness : 0f,
            Items = [.. rows.Select(row => _items[row])],
            Inputs = inputs,
            InputScales = inputScales,
            Outputs = outputs,
            OutputScales = outputScales,
            Biases = _model.Tied ? [] : [.. rows.Select(row => _parameters.Biases[row])],
        };
    }

    /// <summary>Writes everything that the learner needs to go on, in a versioned binary form.</summary>
    /// <param name="stream">A writable stream; it need not seek.</param>
    public void Write(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var output = new StreamOutput(stream);
        output.Write(Magic);
        output.Write(Events);
        output.Write(_random);
        output.Write(_step.Steps);
        output.Write(_hand);
        output.WriteArray<int>(_items.AsSpan(0, Count));
        output.WriteArray<float>(_decays);
        _parameters.Write(output, Count);
        _negatives.Write(output);
        output.Flush();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="stream">A readable stream; it need not seek.</param>
    /// <param name="start">The build that the learner had started from.</param>
    /// <param name="counts">By item, how often it occurs in the build.</param>
    /// <param name="options">Settings; <see langword="null"/> for the defaults.</param>
    /// <exception cref="InvalidDataException">The bytes are of another kind, version or shape of model, cut short, or contradict themselves.</exception>
    public static RecurrentLearner Read(Stream stream, RecurrentFactors? start, ReadOnlyMemory<float> counts, RecurrentLearnerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var input = new StreamInput(stream, "learner's checkpoint");
        _ = input.Expect(Magic);
        var learner = new RecurrentLearner(start, counts, options, 0, isEmpty: true) { Events = input.Read<long>(), _random = input.Read<Xorshift>() };
        learner._step.Steps = input.Read<int>();
        learner._hand = input.Read<int>();
        var items = input.ReadArray<int>();
        if (!input.ReadArray<float>().AsSpan().SequenceEqual(learner._decays) || items.Length > learner._options.MaximumItems)
        {
            throw new InvalidDataException($"The learner's checkpoint of {items.Length} items is of another shape than the model.");
        }

        for (var row = 0; row < items.Length; row++)
        {
            learner.Reserve();
            learner._items[row] = items[row];
            if (items[row] < 0 || !learner._rows.TryAdd(items[row], row))
            {
                throw new InvalidDataException($"The learner's checkpoint names item {items[row]} twice.");
            }
        }

        learner._parameters.Read(input, items.Length);
        learner._negatives.Read(input);
        return learner;
    }

    private void Step(int count)
    {
        Version++;
        _ = _step.Run(CollectionsMarshal.AsSpan(_before), _ends.AsSpan(0, count), _targets.AsSpan(0, count), _model.Rate, ref _random);
        foreach (var row in _step.Touched)
        {
            _changed[row] = Version;
        }

        foreach (var row in _before)
        {
            _changed[row] = Version;
        }

        foreach (var row in _targets.AsSpan(0, count))
        {
            _changed[row] = Version;
        }

        _before.Clear();
    }

    private void TakeFromStart()
    {
        // The most frequent where there is no room for all; room for new ones stays.
        var known = Enumerable.Range(0, _start?.Count ?? 0).Where(item => _start!.InputScales[item] != 0f);
        var room = _options.MaximumItems - (_options.MaximumItems / 4);
        foreach (var item in known.OrderByDescending(CountOf).ThenBy(static item => item).Take(room))
        {
            _ = RowOf(item, -1);
        }
    }

    private float CountOf(int item) => item < _counts.Length ? _counts.Span[item] : 0f;

    private int RowOf(int item, int predecessor)
    {
        if (!_rows.TryGetValue(item, out var row))
        {
            row = Count < _options.MaximumItems ? Reserve() : Evict();
            _items[row] = item;
            _rows.Add(item, row);
            Initialise(row, item, predecessor);
        }

        _used[row] = Version + 1;
        return row;
    }

    private int Reserve()
    {
        if (Count == _items.Length)
        {
            var capacity = Math.Min(_options.MaximumItems, Math.Max(FirstRows, 2 * Count));
            Array.Resize(ref _items, capacity);
            Array.Resize(ref _changed, capacity);
            Array.Resize(ref _used, capacity);
            _parameters.Grow(capacity);
            _negatives.Grow(Count, capacity);
        }

        _negatives.Grow(Count + 1, _items.Length);
        return Count++;
    }

    // Recent events and the batch in hand are of less than half of the rows.
    private int Evict()
    {
        while (true)
        {
            var row = _hand;
            _hand = (_hand + 1) % Count;
            if (!_negatives.IsRecent(row) && _used[row] <= Version)
            {
                _ = _rows.Remove(_items[row]);
                return row;
            }
        }
    }

    private void Initialise(int row, int item, int predecessor)
    {
        _changed[row] = Version + 1;
        var input = _parameters.Inputs.AsSpan(row * _model.Dimensions, _model.Dimensions);
        var output = _parameters.Outputs.AsSpan(row * _model.Dimensions, _model.Dimensions);
        if (_start is { } start && item < start.Count && start.InputScales[item] != 0f)
        {
            start.CopyRow(item, input, output);
            var user = _model.Tied ? _model.Sharpness * _model.Sharpness / _model.Dimensions : 1f;
            _parameters.Begin(row, start.Biases[item], user * Math.Min(MostSettled, 1f + (_options.SettledPerEvent * CountOf(item))));
            return;
        }

        Noise(input);
        var bias = 0f;
        if (predecessor >= 0 && _rows.TryGetValue(predecessor, out var before))
        {
            Resemble(input, _parameters.Inputs.AsSpan(before * _model.Dimensions, _model.Dimensions));
            bias = _parameters.Biases[before];
        }

        if (!_model.Tied)
        {
            Noise(output);
            if (predecessor >= 0 && _rows.TryGetValue(predecessor, out before))
            {
                Resemble(output, _parameters.Outputs.AsSpan(before * _model.Dimensions, _model.Dimensions));
            }
        }

        _parameters.Begin(row, bias, 0f);
    }

    // Random numbers of about normal distribution, of length one.
    private void Noise(Span<float> vector)
    {
        foreach (ref var number in vector)
        {
            number = 0f;
            for (var i = 0; i < 4; i++)
            {
                number += _random.Below(1 << 16) - (1 << 15);
            }
        }

        RecurrentParameters.Normalise(vector);
    }

    private void Resemble(Span<float> vector, ReadOnlySpan<float> before)
    {
        TensorPrimitives.Multiply(vector, _options.Noise, vector);
        TensorPrimitives.MultiplyAdd(before, _model.Tied ? 1f : 1f - _options.Noise, vector, vector);
    }

    private (sbyte[] Numbers, float[] Scales) Quantise(float[] vectors, List<int> rows)
    {
        var numbers = new sbyte[rows.Count * _model.Dimensions];
        var scales = new float[rows.Count];
        for (var i = 0; i < rows.Count; i++)
        {
            scales[i] = ByteVectors.Quantise(
                vectors.AsSpan(rows[i] * _model.Dimensions, _model.Dimensions),
                numbers.AsSpan(i * _model.Dimensions, _model.Dimensions));
        }

        return (numbers, scales);
    }
}
