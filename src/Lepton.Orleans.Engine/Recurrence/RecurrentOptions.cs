namespace Lepton.Orleans.Engine.Recurrence;

/// <summary>Settings of <see cref="RecurrentTraining"/>. The defaults did well on every data set they were measured on.</summary>
public sealed record RecurrentOptions
{
    /// <summary>After how many events each running state has faded to 1/e; 0 for one that only knows the newest event.</summary>
    public IReadOnlyList<float> Memories { get; init; } = [0f, 1f, 4f, 16f];

    /// <summary>The length of a vector, a multiple of 64.</summary>
    public int Dimensions { get; init; } = 64;

    /// <summary>
    /// Whether an item that comes next has the vector it has in a history, and all vectors are of unit length; if not,
    /// items have two vectors and a bias.
    /// </summary>
    public bool Tied { get; init; } = true;

    /// <summary>The length that a user's vector is brought to where items' vectors are of unit length.</summary>
    public float Sharpness { get; init; } = 16f;

    /// <summary>How often the events are gone through.</summary>
    public int Epochs { get; init; } = 4;

    /// <summary>The most events learned from in all; of larger data sets there are fewer epochs, and then fewer users.</summary>
    public long MaximumEvents { get; init; } = 20_000_000;

    /// <summary>The newest events of a user that are learned from.</summary>
    public int MaximumPerUser { get; init; } = 2000;

    /// <summary>How many events make a step.</summary>
    public int Chunk { get; init; } = 64;

    /// <summary>How many items that did not come next a step compares with, a multiple of 64.</summary>
    public int Negatives { get; init; } = 256;

    /// <summary>Negatives are drawn ∝ count to this power; 0 draws all items alike.</summary>
    public float NegativeExponent { get; init; } = .5f;

    /// <summary>The share of the items of a history that are left out in a step.</summary>
    public float ItemDropout { get; init; } = .1f;

    /// <summary>The share of the numbers of an item's vector that are left out in a step.</summary>
    public float ElementDropout { get; init; } = .1f;

    /// <summary>The rate that the mixing matrix learns with (Adam).</summary>
    public float Rate { get; init; } = .003f;

    /// <summary>How many times as fast the vectors learn (Adagrad).</summary>
    public float VectorRate { get; init; } = 60f;
}
