using Lepton.Orleans.Engine.Binary;

namespace Lepton.Orleans.Engine.Recurrence;

/// <summary>
/// Draws half of the negatives from the items of recent events and half from all rows alike, so that what is popular now is
/// compared with more often, and nothing is ever out of comparison.
/// </summary>
/// <param name="memory">How many recent events are drawn from.</param>
internal sealed class RecentNegatives(int memory) : INegativeSampler
{
    private const float RecentShare = .5f;

    private readonly int[] _recent = new int[memory];
    private int[] _counts = [];
    private int _filled;
    private int _next;
    private int _rows;

    /// <inheritdoc/>
    public float[] Corrections { get; private set; } = [];

    /// <summary>Whether the row is one of those that recent events were of.</summary>
    public bool IsRecent(int row) => _counts[row] > 0;

    /// <summary>From now on so many rows are drawn from.</summary>
    public void Grow(int rows, int capacity)
    {
        _rows = rows;
        if (capacity > _counts.Length)
        {
            Array.Resize(ref _counts, capacity);
            Corrections = new float[capacity];
        }
    }

    /// <summary>Takes note of an event.</summary>
    public void Add(int row)
    {
        if (_filled == _recent.Length)
        {
            _counts[_recent[_next]]--;
        }
        else
        {
            _filled++;
        }

        _recent[_next] = row;
        _counts[row]++;
        _next = (_next + 1) % _recent.Length;
    }

    /// <inheritdoc/>
    public int Distinct(int wanted) => wanted;

    /// <inheritdoc/>
    public void Draw(int step, Span<int> items, ref Xorshift random)
    {
        var share = _filled > 0 ? RecentShare : 0f;
        foreach (ref var row in items)
        {
            row = random.Happens(share) ? _recent[random.Below(_filled)] : random.Below(_rows);
            Corrections[row] = MathF.Log((1f - share) + (_filled > 0 ? share * _rows * _counts[row] / _filled : 0f));
        }
    }

    public void Write(StreamOutput output)
    {
        output.Write(_next);
        output.WriteArray<int>(_recent.AsSpan(0, _filled));
    }

    public void Read(StreamInput input)
    {
        var next = input.Read<int>();
        var recent = input.ReadArray<int>();
        if (recent.Length > _recent.Length || (uint)next >= (uint)_recent.Length || Array.Exists(recent, row => (uint)row >= (uint)_rows))
        {
            throw new InvalidDataException($"The learner's {recent.Length} recent events are not those of {_rows} rows.");
        }

        recent.CopyTo(_recent, 0);
        (_filled, _next) = (recent.Length, next);
        foreach (var row in recent)
        {
            _counts[row]++;
        }
    }
}
