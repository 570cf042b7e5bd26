using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lepton.Orleans.Engine.Evaluation;

namespace Lepton.Orleans.Cli.Evaluate;

/// <summary>The figures of one evaluation, as printed.</summary>
internal sealed record EvaluationReport(
    IReadOnlyDictionary<string, double> Metrics,
    int Builds,
    double TrainSeconds,
    double TrainCpuSeconds,
    double CpuSeconds,
    [property: JsonPropertyName("peakMemoryMB")] double PeakMemoryMegabytes,
    double ScoreMicroseconds,
    [property: JsonIgnore] double LearnMicroseconds = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] TuningReport? Tuning = null)
{
    /// <summary>The report on a result, with what builds took and what the process has used so far.</summary>
    public static EvaluationReport Of(EvaluationResult result, TuningReport? tuning = null)
    {
        using var process = Process.GetCurrentProcess();
        return new EvaluationReport(
            MetricsOf(result),
            result.Training.Builds,
            Math.Round(result.Training.Time.TotalSeconds, 2),
            Math.Round(result.Training.ProcessorTime.TotalSeconds, 2),
            Math.Round(process.TotalProcessorTime.TotalSeconds, 2),
            Math.Round(process.PeakWorkingSet64 / 1048576.0, 1),
            Math.Round(result.ScoreMicroseconds, 1),
            Math.Round(result.LearnMicroseconds, 1),
            tuning);
    }

    private static Dictionary<string, double> MetricsOf(EvaluationResult result) => new()
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
            $"trained in {TrainSeconds:F1} s and {TrainCpuSeconds:F1} CPU s (builds: {Builds}), {CpuSeconds:F1} CPU s in all, {PeakMemoryMegabytes:F0} MB at most, {ScoreMicroseconds:F0} µs a list"));
        Tuning?.WriteText(output);
        if (LearnMicroseconds > 0)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{LearnMicroseconds:F1} µs to learn from an event"));
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EvaluationReport))]
internal sealed partial class EvaluationReportJson : JsonSerializerContext;
