namespace Lepton.Orleans.Cli.Evaluate;

/// <summary>
/// Numbers of a data set as the engine takes them, whose arrays are as long as the highest is: where most places would be empty, as
/// with ids of a shop, they are counted anew in their order. Others stay as they are.
/// </summary>
internal sealed class Numbering
{
    // Rising; null: they stay.
    private readonly int[]? _known;

    private Numbering(int[]? known) => _known = known;

    /// <summary>The numbering of all numbers that there are.</summary>
    public static Numbering Of(IEnumerable<int> numbers)
    {
        int[] known = [.. numbers.Distinct().Order()];
        return new Numbering(known.Length == 0 || known[^1] < 2L * known.Length ? null : known);
    }

    /// <summary>A number that was among them.</summary>
    public int this[int number] => _known is null ? number : Array.BinarySearch(_known, number);

    /// <summary>Each of some numbers.</summary>
    public int[] Of(int[] numbers) => Array.ConvertAll(numbers, number => this[number]);
}
