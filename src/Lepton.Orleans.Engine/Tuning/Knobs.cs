using System.Buffers;
using System.Globalization;
using Lepton.Orleans.Engine.Binary;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Tuning;

/// <summary>The settings of a build that differ from their defaults because a search has found better ones. Equal by value.</summary>
public sealed class Knobs : IEquatable<Knobs>
{
    private readonly SortedDictionary<Knob, float> _values;

    private Knobs(SortedDictionary<Knob, float> values) => _values = values;

    /// <summary>Everything as the settings have it.</summary>
    public static Knobs None { get; } = new([]);

    /// <summary>The settings that differ, in the order of their numbers.</summary>
    public IReadOnlyDictionary<Knob, float> Values => _values;

    /// <summary>These, but one at another value.</summary>
    /// <param name="knob">Which.</param>
    /// <param name="value">Its value; <see langword="null"/>: as the settings have it.</param>
    public Knobs With(Knob knob, float? value)
    {
        var values = new SortedDictionary<Knob, float>(_values);
        _ = values.Remove(knob);
        if (value is { } given)
        {
            values.Add(knob, given);
        }

        return new Knobs(values);
    }

    /// <summary>The settings of a build with these values in place of their own.</summary>
    /// <param name="options">The settings; sources that they leave out stay out.</param>
    public ModelBuildOptions ApplyTo(ModelBuildOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        foreach (var (knob, value) in _values)
        {
            options = KnobRange.Set(options, knob, value);
        }

        return options with { Knobs = this };
    }

    /// <summary>These values in a binary form, empty where there are none.</summary>
    public byte[] ToBytes()
    {
        if (_values.Count == 0)
        {
            return [];
        }

        var buffer = new ArrayBufferWriter<byte>();
        var output = new BinaryOutput(buffer);
        output.WriteArray<byte>([.. _values.Keys.Select(static knob => (byte)knob)]);
        output.WriteArray<float>([.. _values.Values]);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads what <see cref="ToBytes"/> gave; knobs that a later release added are ignored.</summary>
    /// <exception cref="InvalidDataException">The bytes are cut short or contradict themselves.</exception>
    public static Knobs FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return None;
        }

        var input = new BinaryInput(bytes, "knobs");
        var names = input.ReadArray<byte>();
        var values = input.ReadArray<float>();
        input.ExpectEnd();
        if (names.Length != values.Length || names.Distinct().Count() != names.Length)
        {
            throw new InvalidDataException($"The knobs name {names.Length} settings but hold {values.Length} values, or name one twice.");
        }

        return new Knobs(new SortedDictionary<Knob, float>(names
            .Zip(values, static (name, value) => (Knob: (Knob)name, Value: value))
            .Where(static pair => Enum.IsDefined(pair.Knob))
            .ToDictionary(static pair => pair.Knob, static pair => pair.Value)));
    }

    /// <inheritdoc/>
    public bool Equals(Knobs? other) => other is not null && _values.SequenceEqual(other._values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Knobs);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var (knob, value) in _values)
        {
            hash.Add(knob);
            hash.Add(value);
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => _values.Count == 0
        ? "as the defaults are"
        : string.Join(", ", _values.Select(static pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value:0.####}")));
}
