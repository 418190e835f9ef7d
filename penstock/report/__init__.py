"""The report of an execution: one self-contained HTML page.

collect: AWS's answers -> model. documents: the files that checks and evaluations write -> model.
sections: one module each, model -> markup, drawn with markup and svg. page: all of it -> HTML.

It reads what any AWS says, and knows neither pipelines nor an emulator. All text that comes from AWS is
hostile: markup is made by markup.element and Jinja2's autoescaping only, never by pasting strings.
"""
