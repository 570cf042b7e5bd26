using System.Buffers;
using Lepton.Orleans.Engine.Binary;

namespace Lepton.Orleans.Engine.Popularity;

/// <summary>
/// Popularity that halves in a half-life, by forward decay (Cormode, Shkapenyuk, Srivastava &amp; Xu, "Forward decay: a
/// practical time decay model for streaming systems", 2009): an event counts 2^((time − landmark)/half-life), so that
/// adding is one addition, events may come in any order, and only reading knows what time it is. The landmark moves
/// before the numbers grow large. Not thread-safe.
/// </summary>
public sealed class DecayedCounter
{
    private const uint Magic = 0x3143444C; // "LDC1"

    // 2^512 is far from overflow and leaves as much room for the sums.
    private const double MaximumExponent = 512;

    private double[] _values = [];
    private DateTime _landmark = DateTime.UnixEpoch;
    private bool _started;

    /// <summary>A counter without events.</summary>
    /// <param name="halfLife">The time after which an event counts half.</param>
    /// <exception cref="ArgumentOutOfRangeException">The half-life is not positive.</exception>
    public DecayedCounter(TimeSpan halfLife)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(halfLife, TimeSpan.Zero);
        HalfLife = halfLife;
    }

    /// <summary>The time after which an event counts half.</summary>
    public TimeSpan HalfLife { get; }

    /// <summary>One more than the highest item that has a value.</summary>
    public int ItemCount { get; private set; }

    /// <summary>What all items count, at one time that nobody knows: good for comparing them with each other.</summary>
    internal ReadOnlySpan<double> Values => _values.AsSpan(0, ItemCount);

    /// <summary>Counts an event.</summary>
    /// <param name="item">The item's number.</param>
    /// <param name="weight">What the event counts at its own time; negative to take one back.</param>
    /// <param name="time">When it happened; older than what was counted before is fine.</param>
    /// <exception cref="ArgumentOutOfRangeException">The item number is negative.</exception>
    public void Add(int item, double weight, DateTime time)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(item);
        if (!_started)
        {
            _landmark = time;
            _started = true;
        }

        var exponent = (time - _landmark) / HalfLife;
        if (exponent > MaximumExponent)
        {
            MoveLandmark(time);
            exponent = 0;
        }

        if (item >= _values.Length)
        {
            Array.Resize(ref _values, Math.Max(item + 1, _values.Length + _values.Length / 2 + 16));
        }

        ItemCount = Math.Max(ItemCount, item + 1);
        _values[item] += weight * double.Exp2(exponent);
    }

    /// <summary>The popularity of an item at a time; 0 for one without events, never negative.</summary>
    /// <param name="item">The item's number.</param>
    /// <param name="now">The time; of an event after it, the value is larger than its weight.</param>
    public float At(int item, DateTime now)
    {
        if ((uint)item >= (uint)ItemCount)
        {
            return 0;
        }

        // In two steps: 2^1000 · 2^−1000 is 1, but neither factor may leave the range on the way.
        var half = double.Exp2((_landmark - now) / HalfLife / 2);
        return (float)Math.Clamp(_values[item] * half * half, 0, float.MaxValue);
    }

    /// <summary>Forgets an item's events; no-op if there are none.</summary>
    public void Remove(int item)
    {
        if ((uint)item < (uint)ItemCount)
        {
            _values[item] = 0;
        }
    }

    /// <summary>Writes the counter in a versioned binary form.</summary>
    public void Write(IBufferWriter<byte> writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        var output = new BinaryOutput(writer);
        output.Write(Magic);
        output.Write(HalfLife.Ticks);
        output.Write(_started ? _landmark.Ticks : -1L);
        output.WriteArray<double>(_values.AsSpan(0, ItemCount));
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes are of another kind or version, cut short, or contradict themselves.</exception>
    public static DecayedCounter Read(ReadOnlySpan<byte> bytes)
    {
        var input = new BinaryInput(bytes, "decayed counters");
        input.Expect(Magic);
        var halfLife = input.Read<long>();
        var landmark = input.Read<long>();
        if (halfLife <= 0 || landmark > DateTime.MaxValue.Ticks)
        {
            throw new InvalidDataException($"The decayed counters state a half-life of {halfLife} and a landmark of {landmark} ticks.");
        }

        var values = input.ReadArray<double>();
        input.ExpectEnd();
        return new DecayedCounter(TimeSpan.FromTicks(halfLife))
        {
            _values = values,
            ItemCount = values.Length,
            _started = landmark >= 0,
            _landmark = landmark >= 0 ? new DateTime(landmark, DateTimeKind.Utc) : DateTime.UnixEpoch,
        };
    }

    private void MoveLandmark(DateTime to)
    {
        var shift = (_landmark - to) / HalfLife;
        var half = double.Exp2(shift / 2);
        for (var item = 0; item < ItemCount; item++)
        {
            _values[item] = _values[item] * half * half;
        }

        _landmark = to;
    }
}
