using System.CommandLine;
using System.Globalization;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Arrays;
using AnalogAttention.Inference.Attention;

namespace AnalogAttention.Cli.Commands;

/// <summary><c>attend</c>: one head on arrays.</summary>
internal static class AttendCommand
{
    public static Command Create()
    {
        var input = new Argument<string>("qkv") { Description = "npz with Q, K, V of shape (T, d) or (batch, T, d): pulses 0 ... 1, volts for K and V." };
        var output = new Option<string>("--out") { Description = "npz for S (microampere x T_max), phi_S (0 ... 1) and output (tiles summed, before scalers).", Required = true, HelpName = "FILE" };
        var command = new Command("attend", "Gain-cell attention of one head on arrays.") { input, output };
        var attention = AttentionOptions.GainCellOnly(command);
        command.SetAction((parsed, cancellation) =>
        {
            var cell = attention.GainCell(parsed);
            var path = parsed.GetValue(input)!;
            var arrays = NpzFile.Read(path);
            WholeFile.RequirePlace(parsed.GetValue(output)!);
            NdArray q = Take(arrays, "Q", path), k = Take(arrays, "K", path), v = Take(arrays, "V", path);
            if (q.Rank is not (2 or 3) || !q.Shape.SequenceEqual(k.Shape) || !q.Shape.SequenceEqual(v.Shape))
                throw new BadInputException($"{path}: Q, K and V must have one shape, (T, d) or (batch, T, d); they have ({string.Join(", ", q.Shape)}), ({string.Join(", ", k.Shape)}), ({string.Join(", ", v.Shape)})");

            if (q.Values.Length == 0)
                throw new BadInputException($"{path}: Q, K and V of shape ({string.Join(", ", q.Shape)}) hold nothing");

            int size = q.Shape[^1], tokens = q.Shape[^2], batch = q.Rank == 3 ? q.Shape[0] : 1, rows = tokens * size, scores = tokens * tokens;
            double[] s = new double[batch * scores], phi = new double[batch * scores], attended = new double[batch * rows];
            for (var b = 0; b < batch; b++)
            {
                cancellation.ThrowIfCancellationRequested();
                HeadResult head = cell.Attend(q.Values.AsSpan(b * rows, rows), k.Values.AsSpan(b * rows, rows), v.Values.AsSpan(b * rows, rows), tokens, size);
                head.S.CopyTo(s, b * scores);
                head.PhiS.CopyTo(phi, b * scores);
                head.Output.CopyTo(attended, b * rows);
            }
            int[] lead = q.Rank == 3 ? [batch] : [];
            NpzFile.Write(parsed.GetValue(output)!,
                ("S", new NdArray([.. lead, tokens, tokens], s)), ("phi_S", new NdArray([.. lead, tokens, tokens], phi)), ("output", new NdArray([.. lead, tokens, size], attended)));
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static NdArray Take(IReadOnlyDictionary<string, NdArray> arrays, string name, string path) =>
        arrays.TryGetValue(name, out var array)
            ? Array.FindIndex(array.Values, v => !float.IsFinite((float)v)) is >= 0 and var place // the head computes in single precision
                ? throw new BadInputException($"{path}: {name} holds {array.Values[place].ToString(CultureInfo.InvariantCulture)} at element {place}, not a finite number in single precision")
                : array
            : throw new BadInputException($"{path}: there is no array '{name}'; there are {string.Join(", ", arrays.Keys.Order(StringComparer.Ordinal))}");
}
