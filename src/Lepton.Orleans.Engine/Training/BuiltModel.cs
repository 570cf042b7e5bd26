using Lepton.Orleans.Engine.Binary;
using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Recurrence;
using Lepton.Orleans.Engine.Tuning;

namespace Lepton.Orleans.Engine.Training;

/// <summary>What a build publishes: the tables that lists are ranked with and that nothing but a build can make.</summary>
public sealed record BuiltModel
{
    private const uint Magic = 0x354D424C; // "LBM5"
    private const uint MagicWithoutKnobs = 0x344D424C; // "LBM4": before settings were searched
    private const uint MagicWithoutUsers = 0x334D424C; // "LBM3": before implicit feedback and like-minded users
    private const uint MagicWithoutRecurrence = 0x324D424C; // "LBM2": before there was a recurrent model
    private const uint MagicWithCounts = 0x314D424C; // "LBM1": the first release wrote what the item shards count, too
    private const uint End = 0x444E454C; // "LEND"

    /// <summary>One more than the highest item number the build knew.</summary>
    public required int ItemCount { get; init; }

    /// <summary>Local ridge weights, row = source item.</summary>
    public required NeighbourTable Neighbourhood { get; init; }

    /// <summary>Item vectors; <see langword="null"/> if there was nothing to decompose.</summary>
    public required ItemFactors? Factors { get; init; }

    /// <summary>A recurrent model of what comes next; <see langword="null"/> if there was no order to learn from.</summary>
    public RecurrentFactors? Recurrence { get; init; }

    /// <summary>Users to find like-minded ones among; <see langword="null"/> where they take no part.</summary>
    public UserTable? Users { get; init; }

    /// <summary>The blend's weights.</summary>
    public required BlendWeights Weights { get; init; }

    /// <summary>The settings it was built with that differ from their defaults.</summary>
    public Knobs Knobs { get; init; } = Knobs.None;

    /// <summary>How far the sequential rules reach that were counted beside it.</summary>
    public RuleReach RuleReach => new(
        (int)Knobs.Values.GetValueOrDefault(Knob.RuleWindow, EventPairs.DefaultRuleWindow),
        Knobs.Values.GetValueOrDefault(Knob.RuleDecay, EventPairs.DefaultRuleDecay));

    /// <summary>Writes the model in a versioned binary form.</summary>
    /// <param name="stream">A writable stream; it need not seek.</param>
    public void Write(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var output = new StreamOutput(stream);
        output.Write(Magic);
        output.Write(ItemCount);
        output.WriteArray<byte>(Weights.ToBytes());
        output.WriteTable(Neighbourhood);
        output.Write(Factors?.Rank ?? 0);
        if (Factors is not null)
        {
            output.WriteArray<float>(Factors.Vectors);
            output.WriteArray<float>(Factors.InputScale);
            output.WriteArray<float>(Factors.Implicit is { } fold ? [fold.UnobservedWeight, fold.Regularisation] : []);
        }

        WriteRecurrence(output);
        output.WriteArray<int>(Users?.Offsets ?? []);
        output.WriteArray<int>(Users?.Items ?? []);
        output.WriteArray<byte>(Knobs.ToBytes());
        output.Write(End);
        output.Flush();
    }

    /// <summary>Reads what <see cref="Write"/> wrote, in this release or an earlier one.</summary>
    /// <param name="stream">A readable stream; it need not seek.</param>
    /// <exception cref="InvalidDataException">The bytes are of another kind or version, cut short, or contradict themselves.</exception>
    public static BuiltModel Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var input = new StreamInput(stream, "built model");
        var magic = input.Expect(Magic, MagicWithoutKnobs, MagicWithoutUsers, MagicWithoutRecurrence, MagicWithCounts);
        var itemCount = input.Read<int>();
        var weights = BlendWeights.FromBytes(input.ReadArray<byte>());
        var neighbourhood = input.ReadTable();
        if (magic == MagicWithCounts)
        {
            SkipCounts(input);
        }

        var model = new BuiltModel
        {
            ItemCount = itemCount,
            Weights = weights,
            Neighbourhood = neighbourhood,
            Factors = ReadFactors(input, mayFold: magic is Magic or MagicWithoutKnobs),
            Recurrence = magic is Magic or MagicWithoutKnobs or MagicWithoutUsers ? ReadRecurrence(input) : null,
            Users = magic is Magic or MagicWithoutKnobs ? ReadUsers(input) : null,
            Knobs = magic == Magic ? Knobs.FromBytes(input.ReadArray<byte>()) : Knobs.None,
        };
        _ = input.Expect(End);
        return model;
    }

    private void WriteRecurrence(StreamOutput output)
    {
        output.WriteArray<float>(Recurrence?.Decays ?? []);
        if (Recurrence is not { } recurrence)
        {
            return;
        }

        output.Write(recurrence.IsTied ? 1 : 0);
        output.Write(recurrence.Sharpness);
        output.WriteArray<float>(recurrence.Mixing);
        output.WriteArray<sbyte>(recurrence.Inputs);
        output.WriteArray<float>(recurrence.InputScales);
        if (!recurrence.IsTied)
        {
            output.WriteArray<sbyte>(recurrence.Outputs);
            output.WriteArray<float>(recurrence.OutputScales);
            output.WriteArray<float>(recurrence.Biases);
        }
    }

    private static RecurrentFactors? ReadRecurrence(StreamInput input)
    {
        var decays = input.ReadArray<float>();
        if (decays.Length == 0)
        {
            return null;
        }

        var isTied = input.Read<int>() != 0;
        var sharpness = input.Read<float>();
        var mixing = input.ReadArray<float>();
        var inputs = input.ReadArray<sbyte>();
        var inputScales = input.ReadArray<float>();
        var (outputs, outputScales, biases) = isTied
            ? (inputs, inputScales, new float[inputScales.Length])
            : (input.ReadArray<sbyte>(), input.ReadArray<float>(), input.ReadArray<float>());
        try
        {
            return new RecurrentFactors(decays, mixing, sharpness, inputs, inputScales, outputs, outputScales, biases);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"The built model contradicts itself: {exception.Message}", exception);
        }
    }

    private static UserTable? ReadUsers(StreamInput input)
    {
        var offsets = input.ReadArray<int>();
        var items = input.ReadArray<int>();
        try
        {
            return offsets.Length == 0 ? null : new UserTable(offsets, items);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"The built model contradicts itself: {exception.Message}", exception);
        }
    }

    private static void SkipCounts(StreamInput input)
    {
        _ = input.ReadTable();
        _ = input.ReadArray<float>();
        _ = input.ReadTable();
        _ = input.ReadArray<float>();
        _ = input.ReadArray<float>();
    }

    private static ItemFactors? ReadFactors(StreamInput input, bool mayFold)
    {
        var rank = input.Read<int>();
        if (rank == 0)
        {
            return null;
        }

        var vectors = input.ReadArray<float>();
        var scale = input.ReadArray<float>();
        if (rank < 0 || vectors.Length != (long)rank * scale.Length)
        {
            throw new InvalidDataException($"The built model states {scale.Length} items of rank {rank} but holds {vectors.Length} values.");
        }

        var fold = mayFold ? input.ReadArray<float>() : [];
        return new ItemFactors(rank, vectors, scale, fold.Length < 2 ? null : new ImplicitFold(fold[0], fold[1]));
    }
}
