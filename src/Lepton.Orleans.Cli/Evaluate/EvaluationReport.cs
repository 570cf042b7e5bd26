using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lepton.Orleans.Engine.Evaluation;

namespace Lepton.Orleans.Cli.Evaluate;

/// <summary>The figures of one evaluation, as printed.</summary>
internal sealed record EvaluationReport(
    IReadOnlyDictionary<string, double> Metrics,
    double TrainSeconds,
    double CpuSeconds,
    [property: JsonPropertyName("peakMemoryMB")] double PeakMemoryMegabytes,
    double ScoreMicroseconds)
{
    public static IReadOnlyDictionary<string, double> MetricsOf(EvaluationResult result) => new Dictionary<string, double>
    {
        [$"recall@{result.ListLength}"] = Math.Round(result.Recall, 5),
        [$"ndcg@{result.ListLength}"] = Math.Round(result.Ndcg, 5),
        [$"hr@{result.ListLength}"] = Math.Round(result.HitRate, 5),
        [$"mrr@{result.ListLength}"] = Math.Round(result.ReciprocalRank, 5),
    };

    public void WriteJson(TextWriter output) => output.WriteLine(JsonSerializer.Serialize(this, EvaluationReportJson.Default.EvaluationReport));

    public void WriteText(TextWriter output)
    {
        foreach (var (name, value) in Metrics)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-12} {value:F4}"));
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"trained in {TrainSeconds:F1} s, {CpuSeconds:F1} CPU s in all, {PeakMemoryMegabytes:F0} MB at most, {ScoreMicroseconds:F0} µs a list"));
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EvaluationReport))]
internal sealed partial class EvaluationReportJson : JsonSerializerContext;
