namespace Lepton.Orleans.Engine.Ranking;

/// <summary>Mean and inverse standard deviation of one source's scores over all items; the inverse is 0 where all are equal, so that the source then adds nothing.</summary>
internal readonly record struct Moments(float Mean, float InverseDeviation)
{
    public static Moments From(double sum, double squares, int count)
    {
        if (count <= 0)
        {
            return default;
        }

        var mean = sum / count;
        var variance = squares / count - mean * mean;
        // What rounding leaves of a variance of zero is no information.
        return variance <= 1e-12 * Math.Max(squares / count, double.Epsilon)
            ? new Moments((float)mean, 0f)
            : new Moments((float)mean, (float)(1 / Math.Sqrt(variance)));
    }

    public static Moments Of(ReadOnlySpan<float> values, int count)
    {
        double sum = 0, squares = 0;
        foreach (var value in values[..Math.Min(values.Length, count)])
        {
            sum += value;
            squares += (double)value * value;
        }

        return From(sum, squares, count);
    }

    public float Standardise(float value) => (value - Mean) * InverseDeviation;
}
