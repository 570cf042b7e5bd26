using Lepton.Orleans.Engine.Recurrence;

namespace Lepton.Orleans.Engine.Tests.Recurrence;

/// <summary>Recurrent models of every shape: tied and not, items that were never seen, any number of items.</summary>
internal static class RandomRecurrence
{
    public static RecurrentFactors Create(Random random, int items, int dimensions, int states)
    {
        var isTied = random.Next(2) == 0;
        var inputs = Numbers(random, items * dimensions);
        var scales = Scales(random, items);
        return new RecurrentFactors(
            [.. Enumerable.Range(0, states).Select(k => k == 0 ? 0f : random.NextSingle())],
            [.. Enumerable.Range(0, states * dimensions * dimensions).Select(_ => (random.NextSingle() - .5f) / 4)],
            isTied ? 4f : 0f,
            inputs,
            scales,
            isTied ? inputs : Numbers(random, items * dimensions),
            isTied ? scales : [.. scales.Select(s => 2 * s)],
            isTied ? new float[items] : [.. Enumerable.Range(0, items).Select(_ => random.NextSingle())]);
    }

    /// <summary>A tied model whose vectors point to a few places, as those of a trained one do.</summary>
    public static RecurrentFactors Clustered(Random random, int items, int dimensions, int places)
    {
        var centres = Numbers(random, places * dimensions);
        var vectors = new sbyte[items * dimensions];
        for (var item = 0; item < items; item++)
        {
            var centre = random.Next(places) * dimensions;
            for (var d = 0; d < dimensions; d++)
            {
                vectors[(item * dimensions) + d] = (sbyte)((centres[centre + d] / 2) + random.Next(-40, 41));
            }
        }

        var mixing = new float[dimensions * dimensions];
        for (var d = 0; d < dimensions; d++)
        {
            mixing[(d * dimensions) + d] = 1f;
        }

        var scales = Scales(random, items);
        return new RecurrentFactors([.5f], mixing, 8f, vectors, scales, vectors, scales, new float[items]);
    }

    /// <summary>The logits as the documentation states them, in double precision; negative infinity for what was never seen.</summary>
    public static double[]? Logits(RecurrentFactors factors, int[] history)
    {
        var d = factors.Dimensions;
        var known = history.Take(RecurrentFactors.Reach).Where(h => h >= 0 && h < factors.Count && factors.InputScales[h] > 0).ToArray();
        if (known.Length == 0)
        {
            return null;
        }

        var user = new double[d];
        for (var k = 0; k < factors.Decays.Length; k++)
        {
            for (var age = 0; age < known.Length; age++)
            {
                var fade = Math.Sqrt(1 - Math.Pow(factors.Decays[k], 2)) * (age == 0 ? 1 : Math.Pow(factors.Decays[k], age));
                for (var i = 0; i < d; i++)
                {
                    for (var j = 0; j < d; j++)
                    {
                        user[j] += fade * factors.Inputs[known[age] * d + i] * factors.InputScales[known[age]] * factors.Mixing[((k * d) + i) * d + j];
                    }
                }
            }
        }

        var length = Math.Sqrt(user.Sum(x => x * x));
        var scale = factors.Sharpness > 0 ? factors.Sharpness / length : 1;
        return [.. Enumerable.Range(0, factors.Count).Select(b => factors.OutputScales[b] == 0f
            ? double.NegativeInfinity
            : factors.Biases[b] + Enumerable.Range(0, d).Sum(j => scale * user[j] * factors.Outputs[b * d + j] * factors.OutputScales[b]))];
    }

    private static sbyte[] Numbers(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (sbyte)random.Next(-127, 128))];

    private static float[] Scales(Random random, int items) => [.. Enumerable.Range(0, items).Select(_ => random.Next(6) == 0 ? 0f : (1 + random.NextSingle()) / 500)];
}
