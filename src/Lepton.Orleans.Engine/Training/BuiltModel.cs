using Lepton.Orleans.Engine.Binary;
using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Ranking;

namespace Lepton.Orleans.Engine.Training;

/// <summary>What a build publishes: the tables that lists are ranked with and that nothing but a build can make.</summary>
public sealed record BuiltModel
{
    private const uint Magic = 0x324D424C; // "LBM2"
    private const uint MagicWithCounts = 0x314D424C; // "LBM1": the release before wrote what the item shards count, too
    private const uint End = 0x444E454C; // "LEND"

    /// <summary>One more than the highest item number the build knew.</summary>
    public required int ItemCount { get; init; }

    /// <summary>Local ridge weights, row = source item.</summary>
    public required NeighbourTable Neighbourhood { get; init; }

    /// <summary>Item vectors; <see langword="null"/> if there was nothing to decompose.</summary>
    public required ItemFactors? Factors { get; init; }

    /// <summary>The blend's weights.</summary>
    public required BlendWeights Weights { get; init; }

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
        }

        output.Write(End);
        output.Flush();
    }

    /// <summary>Reads what <see cref="Write"/> wrote, in this release or the one before.</summary>
    /// <param name="stream">A readable stream; it need not seek.</param>
    /// <exception cref="InvalidDataException">The bytes are of another kind or version, cut short, or contradict themselves.</exception>
    public static BuiltModel Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var input = new StreamInput(stream, "built model");
        var withCounts = input.Expect(Magic, MagicWithCounts) == MagicWithCounts;
        var itemCount = input.Read<int>();
        var weights = BlendWeights.FromBytes(input.ReadArray<byte>());
        var neighbourhood = input.ReadTable();
        if (withCounts)
        {
            SkipCounts(input);
        }

        var model = new BuiltModel { ItemCount = itemCount, Weights = weights, Neighbourhood = neighbourhood, Factors = ReadFactors(input) };
        _ = input.Expect(End);
        return model;
    }

    private static void SkipCounts(StreamInput input)
    {
        _ = input.ReadTable();
        _ = input.ReadArray<float>();
        _ = input.ReadTable();
        _ = input.ReadArray<float>();
        _ = input.ReadArray<float>();
    }

    private static ItemFactors? ReadFactors(StreamInput input)
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

        return new ItemFactors(rank, vectors, scale);
    }
}
