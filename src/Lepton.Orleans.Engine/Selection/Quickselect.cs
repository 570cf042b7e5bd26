namespace Lepton.Orleans.Engine.Selection;

/// <summary>Selection without sorting (Hoare, "Algorithm 65: Find", 1961).</summary>
public static class Quickselect
{
    private const int SortBelow = 24;

    /// <summary>Moves the <paramref name="count"/> greatest keys to the front, in no particular order.</summary>
    public static void PartitionGreatest(Span<ulong> keys, int count)
    {
        var low = 0;
        var high = keys.Length - 1;
        // A pivot that splits badly again and again would make this quadratic; sorting bounds it.
        var patience = 64;
        while (count > low && count <= high)
        {
            if (high - low < SortBelow || patience-- == 0)
            {
                var rest = keys[low..(high + 1)];
                rest.Sort();
                rest.Reverse();
                return;
            }

            var pivot = MedianOfThree(keys[low], keys[low + ((high - low) >> 1)], keys[high]);
            var i = low;
            var j = high;
            while (i <= j)
            {
                while (keys[i] > pivot)
                {
                    i++;
                }

                while (keys[j] < pivot)
                {
                    j--;
                }

                if (i <= j)
                {
                    (keys[i], keys[j]) = (keys[j], keys[i]);
                    i++;
                    j--;
                }
            }

            if (count <= j + 1)
            {
                high = j;
            }
            else if (count >= i)
            {
                low = i;
            }
            else
            {
                return;
            }
        }
    }

    private static ulong MedianOfThree(ulong a, ulong b, ulong c) => Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
}
