using System.Buffers;
using Lepton.Orleans.Engine.Binary;

namespace Lepton.Orleans.Engine.Recurrence;

/// <summary>What a learner has changed of a recurrent model: some items' vectors, in a byte a number, and the mixing matrix.</summary>
public sealed record RecurrentRows
{
    private const uint Magic = 0x3152524C; // "LRR1"

    /// <summary>g_k.</summary>
    public required float[] Decays { get; init; }

    /// <summary>W, row-major, (states × dimensions) × dimensions.</summary>
    public required float[] Mixing { get; init; }

    /// <summary>The length of a user's vector; 0 where it is what it is.</summary>
    public required float Sharpness { get; init; }

    /// <summary>The items.</summary>
    public required int[] Items { get; init; }

    /// <summary>Their input vectors, one after the other, in units of <see cref="InputScales"/>.</summary>
    public required sbyte[] Inputs { get; init; }

    /// <summary>A scale per item.</summary>
    public required float[] InputScales { get; init; }

    /// <summary>Their output vectors; empty where they are the input vectors.</summary>
    public required sbyte[] Outputs { get; init; }

    /// <summary>A scale per item; empty where output vectors are input vectors.</summary>
    public required float[] OutputScales { get; init; }

    /// <summary>A bias per item; empty where output vectors are input vectors.</summary>
    public required float[] Biases { get; init; }

    /// <summary>Whether items have one vector for both purposes.</summary>
    public bool IsTied => OutputScales.Length == 0;

    /// <summary>The length of a vector.</summary>
    public int Dimensions => (int)Math.Sqrt(Mixing.Length / Math.Max(1, Decays.Length));

    /// <summary>The rows in a versioned binary form.</summary>
    public byte[] ToBytes()
    {
        var buffer = new ArrayBufferWriter<byte>(64 + (sizeof(float) * Mixing.Length) + (Items.Length * (8 + Dimensions)));
        var output = new BinaryOutput(buffer);
        output.Write(Magic);
        output.Write(Sharpness);
        output.WriteArray<float>(Decays);
        output.WriteArray<float>(Mixing);
        output.WriteArray<int>(Items);
        output.WriteArray<sbyte>(Inputs);
        output.WriteArray<float>(InputScales);
        output.WriteArray<sbyte>(Outputs);
        output.WriteArray<float>(OutputScales);
        output.WriteArray<float>(Biases);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads what <see cref="ToBytes"/> gave.</summary>
    /// <exception cref="InvalidDataException">The bytes are of another kind, cut short, or contradict themselves.</exception>
    public static RecurrentRows FromBytes(ReadOnlySpan<byte> bytes)
    {
        var input = new BinaryInput(bytes, "learned vectors");
        input.Expect(Magic);
        var rows = new RecurrentRows
        {
            Sharpness = input.Read<float>(),
            Decays = input.ReadArray<float>(),
            Mixing = input.ReadArray<float>(),
            Items = input.ReadArray<int>(),
            Inputs = input.ReadArray<sbyte>(),
            InputScales = input.ReadArray<float>(),
            Outputs = input.ReadArray<sbyte>(),
            OutputScales = input.ReadArray<float>(),
            Biases = input.ReadArray<float>(),
        };
        input.ExpectEnd();
        var (count, numbers) = (rows.Items.Length, rows.Items.Length * rows.Dimensions);
        var outputs = rows.IsTied ? 0 : 1;
        return rows.Inputs.Length == numbers
            && rows.InputScales.Length == count
            && rows.Outputs.Length == outputs * numbers
            && rows.OutputScales.Length == outputs * count
            && rows.Biases.Length == outputs * count
            && rows.Mixing.Length == rows.Decays.Length * rows.Dimensions * rows.Dimensions
            && !Array.Exists(rows.Items, static item => item < 0)
            ? rows
            : throw new InvalidDataException($"The vectors of {count} learned items contradict each other.");
    }
}
