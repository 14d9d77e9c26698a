using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace AnalogAttention.Circuits.Language;

/// <summary>Evaluates model cards. A card of a subcircuit is named by its first instance (<c>x1.nch</c>); instances whose values agree share it.</summary>
/// <param name="altered">Values in place of those written, by card and parameter: <c>read_n.vto</c>.</param>
internal sealed class ModelElaborator(Evaluator evaluator, ImmutableDictionary<string, double> altered, DiagnosticList diagnostics)
{
    private readonly ImmutableDictionary<string, ModelCard>.Builder _cards = ImmutableDictionary.CreateBuilder<string, ModelCard>();
    private readonly Dictionary<(ModelStatement, string Values), string> _keys = [];
    private readonly Dictionary<ModelStatement, string?> _constant = [];

    public ImmutableDictionary<string, ModelCard> Cards => _cards.ToImmutable();

    /// <param name="key">Of a card, as <see cref="For"/> returns it.</param>
    public int Level(string key) => _cards[key].Level;

    /// <param name="types">Model types the element can use.</param>
    /// <returns>Key of the card an element uses; null when there is none (reported).</returns>
    public string? For(Name model, Expansion at, params ReadOnlySpan<string> types)
    {
        if (at.Body.FindModel(model.Text) is not { } found)
            throw new StatementException(DiagnosticCodes.UnknownModel, model.Span, $"there is no model '{model}'");
        if (!types.Contains(found.Model.Type.Text))
            throw new StatementException(DiagnosticCodes.WrongModelType, model.Span, $"model '{model}' is of type {found.Model.Type}, expected {string.Join(" or ", types.ToArray())}");
        return Resolve(found.Model, at.Around(found.Home));
    }

    /// <summary>The card of a transistor: by its name, or of the cards <c>NAME.1</c>, <c>NAME.2</c> ... the one whose bin holds length and width (lower limits belong to it).</summary>
    public string? ForTransistor(Name model, double lengthMetres, double widthMetres, Expansion at)
    {
        if (at.Body.FindModel(model.Text) is not null)
            return For(model, at, "nmos", "pmos");
        var bins = 0;
        for (var body = at.Body; body is not null; body = body.Parent)
        {
            foreach (var (name, card) in body.Models)
            {
                if (!(name.StartsWith(model.Text + ".", StringComparison.Ordinal) && name.AsSpan(model.Text.Length + 1) is { Length: > 0 } number && !number.ContainsAnyExceptInRange('0', '9')))
                    continue;
                bins++;
                var home = at.Around(body);
                double Limit(string limit, double otherwise) => card.Parameters.FirstOrDefault(p => p.Name.Text == limit) is { } given ? evaluator.Evaluate(given.Formula, home.Scope) ?? double.NaN : otherwise;
                if (lengthMetres >= Limit("lmin", 0) && lengthMetres < Limit("lmax", double.PositiveInfinity) && widthMetres >= Limit("wmin", 0) && widthMetres < Limit("wmax", double.PositiveInfinity))
                    return For(model with { Text = name }, at, "nmos", "pmos");
            }
        }
        throw new StatementException(DiagnosticCodes.UnknownModel, model.Span, bins == 0
            ? $"there is no model '{model}'"
            : $"none of the {bins} bins of model '{model}' holds l={SpiceNumber.Format(lengthMetres)} w={SpiceNumber.Format(widthMetres)}");
    }

    /// <param name="home">Where the model is defined.</param>
    public string? Resolve(ModelStatement model, Expansion home)
    {
        if (_constant.TryGetValue(model, out var known))
            return known;
        if (!DefinitionParser.IsUsable(model.Type.Text))
        {
            diagnostics.Warning(DiagnosticCodes.UnusableModel, model.Type.Span, $"model '{model.Name}' of type {model.Type} is of no use in this version");
            return null;
        }
        var values = new double[model.Parameters.Length];
        var isConstant = home.Path.Length == 0;
        var complete = true;
        for (var i = 0; i < values.Length; i++)
        {
            var value = altered.TryGetValue($"{model.Name.Text}.{model.Parameters[i].Name.Text}", out double other) ? other : evaluator.Evaluate(model.Parameters[i].Formula, home.Scope);
            complete &= value is not null;
            values[i] = value ?? 0;
        }
        isConstant |= model.Parameters.All(p => p.Formula is NumberExpression);
        complete &= ModelParameters.Check(model, values, diagnostics);
        var key = complete ? Card(model, home, values) : null;
        if (isConstant)
            _constant[model] = key;
        return key;
    }

    private string Card(ModelStatement model, Expansion home, double[] values)
    {
        var bits = Convert.ToHexString(MemoryMarshal.AsBytes(values.AsSpan()));
        if (_keys.TryGetValue((model, bits), out var key))
            return key;
        key = home.Path + model.Name.Text;
        _keys.Add((model, bits), key);
        var parameters = ImmutableDictionary.CreateBuilder<string, double>();
        for (var i = 0; i < values.Length; i++)
        {
            if (!ModelParameters.Bin.Contains(model.Parameters[i].Name.Text))
                parameters[model.Parameters[i].Name.Text] = values[i];
        }
        _cards[key] = new ModelCard(key, model.Type.Text, parameters.ToImmutable(), model.Name.Span);
        return key;
    }
}
